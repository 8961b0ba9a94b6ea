import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { cleanFields } from "#src/logging/clean-fields.js";
import type { LogLine } from "#src/logging/log-line.js";
import { humanLine, jsonLine } from "#src/logging/log-line.js";
import { LogOutputs } from "#src/logging/log-outputs.js";
import { type LoggingSection, readLoggingSection } from "#src/logging/logging-section.js";
import { RunLog } from "#src/logging/run-log.js";
import { createTemporaryFolder, removeTemporaryFolders } from "#src/testing/temporary-folder.js";
import { createFakeKernel, readRows } from "../run/fake-run.js";

const line: LogLine = {
  timeMs: Date.UTC(2026, 4, 4, 9, 30),
  level: "warn",
  component: "trainer",
  runId: "r-1",
  step: 7,
  message: "A step was skipped.",
  fields: { reason: "loss is NaN" },
};

describe("RunLog", () => {
  afterEach(removeTemporaryFolders);

  /** A log that writes into a folder of its own, and what it prints. */
  async function openTestLog(options: Partial<LoggingSection> = {}, hide = (text: string) => text) {
    const folder = await createTemporaryFolder();
    const printed: string[] = [];
    const section = { ...readLoggingSection({}), ...options };
    const outputs = new LogOutputs(section, (text) => printed.push(text));
    const log = new RunLog({ section, hide, outputs, run: { runId: "r-1" } });
    const logPath = join(folder, "log.ndjson");
    const events: string[] = [];
    const attach = () => log.attach({ logPath, event: (event) => events.push(event) });
    const lines = () =>
      readFileSync(logPath, "utf8")
        .split("\n")
        .slice(0, -1)
        .map((text) => JSON.parse(text));
    return { log, printed, events, attach, lines, folder, logPath };
  }

  it("writes run, step and component on every line, at once", async () => {
    const { log, attach, lines } = await openTestLog();
    attach();
    log.info("begins");
    log.step = 3;
    log.loggerOf("tracker.mlflow").warn("is slow", { afterMs: 20 });
    const [first, second] = lines();
    expect(first).to.deep.include({ level: "info", component: "kernel", runId: "r-1", step: 0, message: "begins" });
    expect(second).to.deep.include({ component: "tracker.mlflow", runId: "r-1", step: 3, afterMs: 20 });
    expect(Date.parse(second.time)).to.be.closeTo(Date.now(), 60_000);
    await log.close();
  });

  it("keeps lines and events, with their time and step, until the run has a folder", async () => {
    const { log, attach, lines, events } = await openTestLog();
    log.info("before");
    log.event("partSkipped", {});
    const before = Date.now();
    log.step = 9;
    await new Promise((resolve) => setTimeout(resolve, 20));
    attach();
    expect(lines()[0]).to.include({ message: "before", step: 0 });
    expect(Date.parse(lines()[0].time)).to.be.at.most(before);
    expect(events).to.deep.equal(["partSkipped"]);
    await log.close();
  });

  it("keeps the levels of components, of which one counts for those below it", async () => {
    const levels = { trainer: "debug", tracker: "error", "tracker.mlflow": "warn" } as const;
    const { log, attach, lines } = await openTestLog({ levels });
    attach();
    for (const component of ["trainer", "tracker.mlflow", "tracker.files", "trackers", "model"]) {
      const logger = log.loggerOf(component);
      for (const level of ["debug", "info", "warn", "error"] as const) logger[level](level);
    }
    const kept: Record<string, string[]> = {};
    for (const { component, level } of lines()) kept[component] = [...(kept[component] ?? []), level];
    expect(kept).to.deep.equal({
      trainer: ["debug", "info", "warn", "error"],
      "tracker.mlflow": ["warn", "error"],
      "tracker.files": ["error"],
      trackers: ["info", "warn", "error"],
      model: ["info", "warn", "error"],
    });
    await log.close();
  });

  it("prints lines as people or programs read them, before there is a folder too", async () => {
    const human = await openTestLog({ stderr: "human" });
    human.log.warn("careful", { path: "/a b" });
    expect(human.printed.join("")).to.match(
      /^\d\d:\d\d:\d\d warn {3}kernel {2}step 0 {2}careful {2}path="\/a b" .*\n$/,
    );
    const json = await openTestLog({ stderr: "json" });
    json.log.warn("careful");
    expect(JSON.parse(json.printed.join(""))).to.include({ level: "warn", message: "careful" });
    const none = await openTestLog();
    none.log.warn("careful");
    expect(none.printed).to.deep.equal([]);
  });

  it("goes on whatever is logged, wherever it goes", async () => {
    const section = { ...readLoggingSection({}), stderr: "human" } as const;
    const outputs = new LogOutputs(section, () => {
      throw new Error("EPIPE");
    });
    const log = new RunLog({ section, hide: (text) => text, outputs, run: { runId: "r" } });
    const folder = await createTemporaryFolder();
    log.attach({ logPath: join(folder, "no/such/folder/log.ndjson"), event: () => undefined });
    const circular: Record<string, unknown> = { big: 10n, when: new Date(0), not: Number.NaN, error: new Error("x") };
    circular.self = [circular, circular];
    log.error("all kinds", circular as never);
    const trap = new Proxy({}, { ownKeys: () => { throw new Error("trap"); } }); // biome-ignore format: one idea
    log.info("a trap", trap as never);
    log.info(undefined as never);
    await log.close();
    log.info("after the end");
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it("hides secrets in messages, in fields, and under their names", async () => {
    const { log, attach, lines } = await openTestLog({}, (text) => text.replaceAll("hunter22", "[secret]"));
    attach();
    log.info("signed in with hunter22", {
      url: "https://me:hunter22@host",
      headers: { Authorization: "abc", "Set-Cookie": "id=1", accept: "*/*" },
      options: [{ apiKey: "k", api_key: "k", password: 1234, token: "t", wandbToken: { value: "x" } }],
      token: 17,
      tokens: 5,
      tokenizer: "char",
      hasPassword: true,
    });
    const [{ message, url, headers, options, token, tokens, tokenizer, hasPassword }] = lines();
    expect(message).to.equal("signed in with [secret]");
    expect(url).to.equal("https://me:[secret]@host");
    expect(headers).to.deep.equal({ Authorization: "[secret]", "Set-Cookie": "[secret]", accept: "*/*" });
    expect(new Set(Object.values(options[0]))).to.deep.equal(new Set(["[secret]"]));
    expect({ token, tokens, tokenizer, hasPassword }).to.deep.equal({
      token: 17,
      tokens: 5,
      tokenizer: "char",
      hasPassword: true,
    });
    await log.close();
  });
});

describe("forms of a log line", () => {
  it("give a field that is named like a part of the line another name", () => {
    expect(JSON.parse(jsonLine({ ...line, fields: { step: 5, message: "m" } }))).to.include({
      step: 7,
      message: "A step was skipped.",
      _step: 5,
      _message: "m",
    });
  });

  it("show no control characters and no second line to people", () => {
    const text = humanLine({ ...line, message: "a\nb\u001b[2J\u009b\u2028c" });
    expect(text).to.include("a\\nb\\u001b[2J\\u009b\\u2028c");
    expect(text).to.not.match(/\p{Cc}/u);
  });

  it("are of bounded length", () => {
    const deep = { a: Array.from({ length: 1000 }, () => "x".repeat(100)), text: "y".repeat(100_000) };
    const fields = cleanFields(deep, (text) => text);
    expect(JSON.stringify(fields).length).to.be.lessThan(40_000);
    const wide: Record<string, unknown> = {};
    for (let index = 0; index < 150; index++) wide[`k${index}`] = wide;
    expect(JSON.stringify(cleanFields(wide, (text) => text)).length).to.be.lessThan(100_000);
  });
});

describe("the log of a run", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
  });
  afterEach(removeTemporaryFolders);

  it("follows the section `logging`, and changes no lock", async () => {
    const printed: string[] = [];
    const train = async (name: string, logging: object) => {
      const run = { outputDir: name };
      const kernel = await createFakeKernel(folder, { run, logging } as never, {
        printLog: (text) => printed.push(text),
      });
      await kernel.train();
      await kernel.dispose();
      const lock = JSON.parse(readFileSync(join(folder, name, "lock.json"), "utf8"));
      return { lines: await readRows(join(folder, name), "log.ndjson"), lock };
    };
    const loud = await train("loud", { level: "debug", stderr: "json" });
    expect(loud.lines.map(({ message }) => message)).to.include("the model is planned");
    expect(printed.map((text) => JSON.parse(text).message)).to.include("the model is planned");
    printed.length = 0;
    const silent = await train("silent", { level: "error" });
    expect(silent.lines).to.deep.equal([]);
    expect(printed).to.deep.equal([]);
    expect(silent.lock.config.numbers).to.equal(loud.lock.config.numbers);
  });

  it("is not missed by a reader of stderr that goes away", async () => {
    const script = `
      import { createKernel } from "codex-core/kernel";
      import { createFakeConfig, fakePlugin } from "codex-core/testing";
      await new Promise((resolve) => process.stdin.once("data", resolve));
      const config = createFakeConfig({ run: { outputDir: "run" }, logging: { stderr: "human" } });
      const kernel = await createKernel({ projectFolder: process.argv[1], config, plugins: [fakePlugin] });
      process.exitCode = (await kernel.train()).outcome.status === "finished" ? 7 : 1;
      await kernel.dispose();
      process.stdin.destroy();`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script, folder], { stdio: "pipe" });
    child.stderr.destroy();
    child.stdin.write("the reader has gone");
    expect(await new Promise((resolve) => child.on("exit", resolve))).to.equal(7);
    expect(await readRows(join(folder, "run"), "log.ndjson")).to.not.be.empty;
  });

  it("refuses levels of what cannot be a part", async () => {
    const levels = { trainr: "debug" };
    const failure = await createFakeKernel(folder, { logging: { levels } } as never).catch((error: unknown) => error);
    expect(failure).to.have.property("code", "CODEX_CONFIG_WRONG_VALUE");
    expect(String((failure as Error).message)).to.include("logging.levels.trainr");
  });

  it("hides the secrets of the environment", async () => {
    process.env.SOME_SERVICE_TOKEN = "very-secret-value";
    try {
      const run = { outputDir: "run", name: "fake" };
      const bad = { isTolerant: true, type: "no-such-very-secret-value" };
      const kernel = await createFakeKernel(folder, {
        run,
        tracker: { fake: {}, bad: { ...bad, optional: true } },
      } as never);
      await kernel.train();
      await kernel.dispose();
    } finally {
      delete process.env.SOME_SERVICE_TOKEN;
    }
    const text = readFileSync(join(folder, "run/log.ndjson"), "utf8");
    expect(text).to.include("no-such-[secret]").and.not.include("very-secret-value");
  });
});
