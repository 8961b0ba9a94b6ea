import { existsSync, readdirSync } from "node:fs";
import promises, {
  appendFile,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { expect } from "chai";
import {
  type Json,
  type Logger,
  type RunDescription,
  type Tracker,
  TrackerPoint,
  type TrackerRecord,
} from "codex-core";
import {
  createFromPlugin,
  createMetricsRecords,
  createOddRecords,
  createRunDescription,
  createTemporaryFolder,
  describeTracker,
  rejection,
  removeTemporaryFolders,
  silentLogger,
} from "codex-core/testing";
import plugin from "codex-plugin-tracker-wandb";
import { readRecords } from "../src/framing.js";
import { wandbId } from "../src/run-place.js";
import { readMetrics, readRun, runFile, runFolder } from "./support/read-run.js";

const { signal } = new AbortController();

interface Settings {
  readonly name?: string;
  readonly logger?: Logger;
}

const create = (project: string, options: object = {}, { name = "wandb", logger = silentLogger }: Settings = {}) =>
  createFromPlugin(plugin, TrackerPoint, "wandb", {
    options,
    context: { name, logger, folders: { project, cache: project, run: project } },
  });

describeTracker("wandb", (folder) => create(folder), { read: (run) => readMetrics(join(run.folder, "wandb"), run) });

const startedAtMs = createRunDescription("").startedAtMs;
const outcome = { status: "finished", endedAtMs: startedAtMs + 60_000 } as const;
const metrics = (sequence: number, step: number, values: { [name: string]: number }): TrackerRecord => ({
  kind: "metrics",
  sequence,
  step,
  timeMs: startedAtMs + sequence * 1000,
  metrics: values,
});

describe("WandbTracker", () => {
  let folder = "";
  let run: RunDescription;
  let file = "";
  const files = (...path: string[]) => join(file, "..", "files", ...path);
  const read = () => readRun(file);

  beforeEach(async () => {
    folder = await createTemporaryFolder();
    run = createRunDescription(folder);
  });
  afterEach(removeTemporaryFolders);

  async function opened(options: object = {}, settings: Settings = {}): Promise<{ tracker: Tracker; saved: Json }> {
    const tracker = await create(folder, options, settings);
    const saved = await tracker.open(run);
    file = runFile(join(folder, "wandb"), wandbId(run.runId));
    return { tracker, saved };
  }

  async function session(records: readonly TrackerRecord[], options: object = {}): Promise<Json> {
    const { tracker, saved } = await opened(options);
    await tracker.write(records, signal);
    await tracker.close(outcome);
    return saved;
  }

  it("lays a run out as W&B's own client does", async () => {
    await session([]);
    const names = readdirSync(join(folder, "wandb")).sort();
    expect(names[0]).to.equal(".gitignore");
    expect(names[1]).to.match(/^offline-run-2026010[12]_\d\d0000-[0-9a-z]{8}$/);
    expect((await readdir(join(file, ".."))).sort()).to.deep.equal([
      "files",
      "logs",
      `run-${wandbId(run.runId)}.wandb`,
    ]);
    const { kinds, numbers } = await read();
    expect(kinds).to.deep.equal(["header", "run", "environment", "summary", "exit"]);
    expect(numbers).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it("tells the run's config, its tags and what the options say of it", async () => {
    const options = { project: "p", entity: "e", group: "g", jobType: "train", notes: "n", tags: ["one", "two"] };
    await session([], options);
    const { config, run: told } = await read();
    expect(config).to.deep.include({ trainer: '{"type":"lm","maxSteps":3}', "tags.host": '"suite-host"' });
    expect([2, 3, 6, 7, 8, 9, 13].map((field) => told!.text(field))).to.deep.equal([
      "e",
      "p",
      "g",
      "train",
      "suite",
      "n",
      "suite-host",
    ]);
    expect(told!.texts(10)).to.deep.equal(["one", "two"]);
  });

  it("groups segments, and what is a part of another run", async () => {
    const groupOf = async (described: RunDescription) => {
      const tracker = await create(folder);
      await tracker.open(described);
      await tracker.close(outcome);
      const { run: told } = await readRun(runFile(join(folder, "wandb"), wandbId(described.runId)));
      return told!.text(6);
    };
    expect(await groupOf(run)).to.equal(run.runId);
    expect(await groupOf(createRunDescription(folder, 2))).to.equal(run.runId);
    expect(await groupOf({ ...run, runId: "trial", parent: "sweep" })).to.equal("sweep");
  });

  it("writes two trackers of this type as two runs", async () => {
    for (const name of ["wandb", "nightly"]) {
      const tracker = await create(folder, {}, { name });
      await tracker.open(run);
      await tracker.close(outcome);
    }
    expect(readdirSync(join(folder, "wandb")).filter((name) => name.startsWith("offline-run"))).to.have.length(2);
  });

  it("makes one history record of each step, however its records come", async () => {
    const { tracker } = await opened();
    await tracker.write([metrics(1, 1, { a: 1 }), metrics(2, 1, { b: 2 }), metrics(3, 2, { a: 3 })], signal);
    await tracker.write([metrics(4, 2, { b: 4 })], signal);
    await tracker.write([metrics(5, 2, { c: 5 }), metrics(6, 3, { a: 6 })], signal);
    await tracker.close(outcome);
    const { history, summary } = await read();
    expect(history).to.deep.equal([
      { step: 1, values: { a: "1", b: "2", _step: "1", _timestamp: `${startedAtMs / 1000 + 2}`, _runtime: "2" } },
      {
        step: 2,
        values: { a: "3", b: "4", c: "5", _step: "2", _timestamp: `${startedAtMs / 1000 + 5}`, _runtime: "5" },
      },
      { step: 3, values: { a: "6", _step: "3", _timestamp: `${startedAtMs / 1000 + 6}`, _runtime: "6" } },
    ]);
    expect(summary).to.deep.include({ a: "6", b: "4", c: "5", _step: "3", "_wandb.runtime": "60" });
  });

  it("keeps values of a step that come late, as a record of their own", async () => {
    const { tracker } = await opened();
    await tracker.write([metrics(1, 5, { a: 1 }), metrics(2, 6, { a: 2 })], signal);
    await tracker.write([metrics(3, 4, { a: 3 }), metrics(4, 4, { b: 4 }), metrics(5, 7, { a: 5 })], signal);
    await tracker.close(outcome);
    const { history, summary } = await read();
    expect(history.map(({ step, values }) => [step, values.a, values.b])).to.deep.equal([
      [5, "1", undefined],
      [4, "3", "4"],
      [6, "2", undefined],
      [7, "5", undefined],
    ]);
    expect(summary.a).to.equal("5");
  });

  it("writes numbers that are not finite as W&B does", async () => {
    await session([metrics(1, 1, { a: Number.NaN, b: Number.POSITIVE_INFINITY, c: Number.NEGATIVE_INFINITY, d: -0 })]);
    expect((await read()).history[0]!.values).to.include({ a: "NaN", b: "Infinity", c: "-Infinity", d: "-0.0" });
  });

  it("keeps metrics named like W&B's own keys apart", async () => {
    await session([metrics(1, 1, { _step: 7, _runtime: 8 })]);
    expect((await read()).history[0]!.values).to.include({ _step: "1", "metric/_step": "7", "metric/_runtime": "8" });
  });

  it("writes measures of the machine as system stats, not as history", async () => {
    const measures = {
      "system/cpuPercent": 12.5,
      "system/memoryBytes": 3 << 20,
      "system/gpu1Percent": 9,
      "system/x": 1,
    };
    await session([metrics(1, 1, { loss: 1, ...measures }), metrics(2, 2, { "system/cpuPercent": 13 })]);
    const { stats, history } = await read();
    expect(stats).to.deep.equal([{ cpu: "12.5", "proc.memory.rssMB": "3", "gpu.1.gpu": "9", x: "1" }, { cpu: "13" }]);
    expect(history.map(({ step, values }) => [step, Object.keys(values)])).to.deep.equal([
      [1, ["loss", "_step", "_timestamp", "_runtime"]],
    ]);
  });

  it("writes texts, tables, histograms and pictures with their files", async () => {
    const png = Buffer.from("89504e470d0a1a0a0000000d49484452000000090000000808020000", "hex");
    await mkdir(join(folder, "media"));
    await writeFile(join(folder, "media/gone.png"), png);
    await session(createOddRecords());
    const { history, files: listed, config } = await read();
    const values = Object.fromEntries(Object.entries(history[0]!.values).map(([key, json]) => [key, JSON.parse(json)]));
    expect(values["weights/wte"]).to.deep.equal({ _type: "histogram", values: [3, 4], bins: [-1, 0, 0.5] });
    expect(values["eval/cases"]).to.deep.include({ _type: "table-file", nrows: 2, ncols: 2 });
    expect(values.attention).to.deep.include({ _type: "image-file", format: "png", width: 9, height: 8 });
    for (const [key, columns, firstRow] of [
      ["samples", ["prompt", "text"], ["", /two\nlines/]],
      ["notes/a b", ["text"], [/two\nlines/]],
      ["eval/cases", ["a", "b"], [1, "x"]],
    ] as const) {
      expect(listed).to.include(values[key].path);
      const table = JSON.parse(await readFile(files(values[key].path), "utf8"));
      expect(table.columns, key).to.deep.equal(columns);
      firstRow.forEach((cell, index) => {
        if (cell instanceof RegExp) expect(table.data[0][index]).to.match(cell);
        else expect(table.data[0][index]).to.equal(cell);
      });
    }
    expect(await readFile(files(values.attention.path))).to.deep.equal(png);
    expect(config).to.include({ microBatch: "6", halved: "true", "tags.stage": '"two"' });
  });

  it("makes one table of a step's samples, also when they come apart", async () => {
    const { tracker } = await opened();
    const sample = (sequence: number, text: string): TrackerRecord =>
      ({ kind: "sample", sequence, step: 1, timeMs: startedAtMs, prompt: "p", text }) as const;
    await tracker.write([sample(1, "a"), sample(2, "b")], signal);
    await tracker.write([sample(3, "c")], signal);
    expect(await tracker.missing!([sample(2, "b"), sample(3, "c"), sample(4, "d")], signal)).to.deep.equal([
      sample(4, "d"),
    ]);
    await tracker.close(outcome);
    const { history } = await read();
    const table = JSON.parse(await readFile(files(JSON.parse(history[0]!.values.samples!).path), "utf8"));
    expect(table.data).to.deep.equal([
      ["p", "a"],
      ["p", "b"],
      ["p", "c"],
    ]);
  });

  it("takes the artifacts that it is asked for, and says once what is gone", async () => {
    const told: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => void told.push(message) };
    const artifact = (name: string, type: "file" | "checkpoint", path = name): TrackerRecord =>
      ({ kind: "artifact", sequence: 1, step: 1, timeMs: startedAtMs, name, type, path }) as const;
    await writeFile(join(folder, "config.yaml"), "a: 1\n");
    await mkdir(join(folder, "checkpoints/step-1/tokenizer"), { recursive: true });
    await writeFile(join(folder, "checkpoints/step-1/model"), "m");
    await writeFile(join(folder, "checkpoints/step-1/tokenizer/t"), "t");
    const { tracker } = await opened({ artifacts: ["config.yaml", "checkpoints", "gone"] }, { logger });
    const records = [
      artifact("config.yaml", "file"),
      artifact("config.yaml", "file"),
      artifact("lock.json", "file"),
      artifact("step-1", "checkpoint", "checkpoints/step-1"),
      artifact("gone", "file"),
      artifact("gone", "file"),
      artifact("../../config.yaml", "file", "config.yaml"),
    ];
    await tracker.write(records, signal);
    await tracker.close(outcome);
    const expected = ["config.yaml", "checkpoints/step-1/model", "checkpoints/step-1/tokenizer/t"];
    expect((await read()).files.toSorted()).to.deep.equal(expected.map((name) => `artifacts/${name}`).sort());
    expect(await readFile(files("artifacts/config.yaml"), "utf8")).to.equal("a: 1\n");
    expect(await readFile(files("artifacts/checkpoints/step-1/tokenizer/t"), "utf8")).to.equal("t");
    expect(told).to.have.length(1);
  });

  it("places an artifact again of a batch that failed: it may be there in part, or as it was before", async () => {
    const report = (sequence: number): TrackerRecord =>
      ({
        kind: "artifact",
        sequence,
        step: sequence,
        timeMs: startedAtMs,
        name: "report.html",
        type: "file",
        path: "report.html",
      }) as const;
    await writeFile(join(folder, "report.html"), "first");
    const { tracker } = await opened();
    await tracker.write([report(1)], signal);
    await rm(join(folder, "report.html"));
    await writeFile(join(folder, "report.html"), "second");
    await tracker.write(await tracker.missing!([report(2)], signal), signal);
    await tracker.close(outcome);
    expect(await readFile(files("artifacts/report.html"), "utf8")).to.equal("second");
    expect((await read()).files).to.deep.equal(["artifacts/report.html"]);
  });

  for (const [status, code] of [
    ["finished", 0],
    ["failed", 1],
    ["interrupted", 255],
  ] as const) {
    it(`ends a ${status} run with exit code ${code}`, async () => {
      const { tracker } = await opened();
      await tracker.close({ ...outcome, status, ...(status === "failed" ? { error: "CODEX_X: boom" } : {}) });
      const { exit, output } = await read();
      expect([exit!.integer(1), exit!.integer(2)]).to.deep.equal([code, 60]);
      expect(output).to.deep.equal(status === "failed" ? ["CODEX_X: boom\n"] : []);
    });
  }

  it("goes on with a closed run as if it had not been closed, and takes back what sync noted", async () => {
    const saved = await session([metrics(1, 1, { a: 1 }), metrics(2, 2, { a: 2 })]);
    await writeFile(`${file}.synced`, "");
    const tracker = await create(folder);
    await tracker.open(run, saved);
    expect(existsSync(`${file}.synced`)).to.equal(false);
    expect((await read()).exit).to.equal(undefined);
    await tracker.write([metrics(3, 2, { b: 3 }), metrics(4, 3, { a: 4 })], signal);
    // Somebody synced while the run went on.
    await writeFile(`${file}.synced`, "");
    await tracker.close(outcome);
    expect(existsSync(`${file}.synced`)).to.equal(false);
    const { history, exit, kinds, numbers } = await read();
    expect(history.map(({ step, values }) => [step, values.a, values.b])).to.deep.equal([
      [1, "1", undefined],
      [2, "2", "3"],
      [3, "4", undefined],
    ]);
    expect(exit!.integer(1)).to.equal(0);
    expect(kinds.filter((kind) => kind === "exit")).to.have.length(1);
    expect(numbers).to.deep.equal(numbers.map((_, index) => index + 1));
  });

  it("tells only what of the config is another one when it goes on", async () => {
    const saved = await session([]);
    const tracker = await create(folder);
    await tracker.open({ ...run, config: { ...run.config, trainer: { type: "lm", maxSteps: 9 } } }, saved);
    await tracker.close(outcome);
    await tracker.open(run, saved);
    await tracker.close(outcome);
    const { kinds, config } = await read();
    expect(kinds.filter((kind) => kind === "config")).to.have.length(2);
    expect(config.trainer).to.equal('{"type":"lm","maxSteps":3}');
  });

  it("has each record once after a kill in a batch: before, in and after each of its records", async () => {
    const before = createMetricsRecords(1, 2);
    const batch: readonly TrackerRecord[] = [
      metrics(10, 2, { "eval/loss": 9, "system/cpuPercent": 5 }),
      ...createMetricsRecords(3, 4),
      { kind: "histogram", sequence: 11, step: 4, timeMs: startedAtMs + 4500, key: "h", edges: [0, 1], counts: [2] },
      metrics(12, 4, { "eval/loss": 8 }),
      metrics(13, 5, { "train/loss": 0.8, "system/cpuPercent": 6 }),
    ];
    const { tracker, saved } = await opened();
    await tracker.write(before, signal);
    const from = (await stat(file)).size;
    await tracker.write(batch, signal);
    const { size } = await stat(file);
    await copyFile(file, `${file}.whole`);
    await tracker.close(outcome);
    const whole = await read();
    const ends: number[] = [];
    for await (const together of readRecords(`${file}.whole`)) ends.push(...together.map(({ end }) => end));
    const cuts = ends
      .flatMap((end) => [end - 20, end - 1, end, end + 1, end + 7])
      .filter((cut) => cut >= from && cut <= size);
    expect(cuts.length).to.be.greaterThan(30);
    for (const cut of cuts) {
      await copyFile(`${file}.whole`, file);
      await truncate(file, cut);
      const again = await create(folder);
      await again.open(run, saved);
      await again.write(await again.missing!(batch, signal), signal);
      await again.close(outcome);
      const { history, stats, summary, exit } = await read();
      expect({ history, stats, summary }, `cut at ${cut}`).to.deep.equal({
        history: whole.history,
        stats: whole.stats,
        summary: whole.summary,
      });
      expect(exit).not.to.equal(undefined);
    }
  });

  it("begins anew where not even the run's beginning was written", async () => {
    const { saved } = await opened();
    for (const size of [0, 3, 7, 20]) {
      await truncate(file, size);
      const again = await create(folder);
      await again.open(run, saved);
      await again.write(createMetricsRecords(1, 2), signal);
      await again.close(outcome);
      expect((await read()).kinds.slice(0, 3)).to.deep.equal(["header", "run", "environment"]);
    }
    expect(await readMetrics(join(folder, "wandb"), run)).to.have.length(6);
  });

  it("cuts off what a failed write left behind, and writes the batch again", async () => {
    const { tracker } = await opened();
    await tracker.write(createMetricsRecords(1, 2), signal);
    await rm(file.replace(/\.wandb$/, ".moved"), { force: true });
    await copyFile(file, `${file}.moved`);
    await rm(file);
    const error = await rejection(() => tracker.write(createMetricsRecords(3, 4), signal), "CODEX_TRACKER_WANDB_WRITE");
    expect(error.what).to.include("ENOENT");
    await copyFile(`${file}.moved`, file);
    await appendFile(file, "torn");
    expect(await tracker.missing!(createMetricsRecords(2, 4), signal)).to.have.length(2);
    await tracker.write(createMetricsRecords(3, 4), signal);
    await tracker.close(outcome);
    expect((await read()).history.map(({ step }) => step)).to.deep.equal([1, 2, 3, 4]);
  });

  it("writes what comes to the run's log, each line once", async () => {
    const line = (second: number, message: string) =>
      `${JSON.stringify({ time: new Date(startedAtMs + second * 1000).toISOString(), level: "info", message, n: 1 })}\n`;
    const log = join(folder, "log.ndjson");
    await writeFile(log, line(1, "one") + line(1, "two"));
    const { tracker, saved } = await opened();
    await tracker.write([], signal);
    await appendFile(log, line(2, "three").slice(0, 10));
    await tracker.write([], signal);
    await appendFile(log, `${line(2, "three").slice(10)}no JSON\n`);
    await tracker.write([], signal);
    await appendFile(log, line(2, "four"));
    const again = await create(folder);
    await again.open(run, saved);
    await again.write([], signal);
    await appendFile(log, line(3, "five"));
    await again.close(outcome);
    const { output } = await read();
    expect(output).to.deep.equal(
      [
        ["01", "one"],
        ["01", "two"],
        ["02", "three"],
        ["02", "four"],
        ["03", "five"],
      ].map(([second, message]) => `2026-01-01T12:00:${second}.000Z info ${message} {"n":1}\n`),
    );
  });

  it("leaves the log out when told to", async () => {
    await writeFile(join(folder, "log.ndjson"), '{"time":"2026-01-01T12:00:01.000Z","level":"info","message":"x"}\n');
    await session([], { outputLog: false });
    expect((await read()).output).to.deep.equal([]);
  });

  it("says where it cannot write, and leaves files of others alone", async () => {
    await writeFile(join(folder, "wandb"), "a file in the way");
    const tracker = await create(folder);
    const error = await rejection(() => tracker.open(run), "CODEX_TRACKER_WANDB_WRITE");
    expect(error.where).to.include(join(folder, "wandb"));
    await rm(join(folder, "wandb"));
    const saved = await session([]);
    await writeFile(file, "date,weight\n1,2\n");
    await rejection(() => tracker.open(run, saved), "CODEX_TRACKER_WANDB_WRITE");
    expect(await readFile(file, "utf8")).to.equal("date,weight\n1,2\n");
  });

  it("is open already when a call that nobody waited for came through", async () => {
    const { tracker, saved } = await opened();
    await tracker.write([metrics(1, 1, { a: 1 })], signal);
    const { size } = await stat(file);
    // Reading the file again would refuse it.
    await writeFile(file, Buffer.alloc(size, "x"));
    expect(await tracker.open(run, saved)).to.deep.equal(saved);
  });

  it("keeps its runs out of git, and leaves a .gitignore that is there", async () => {
    await session([]);
    expect(await readFile(join(folder, "wandb/.gitignore"), "utf8")).to.equal("*\n!settings\n");
    await writeFile(join(folder, "wandb/.gitignore"), "mine");
    await session([]);
    expect(await readFile(join(folder, "wandb/.gitignore"), "utf8")).to.equal("mine");
  });

  it("leaves no empty .gitignore behind where the disk has no space for it", async () => {
    const { writeFile: original } = promises;
    promises.writeFile = async (path, _data, options) => {
      await original(path, "", options);
      throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    };
    syncBuiltinESMExports();
    try {
      const tracker = await create(folder);
      await rejection(() => tracker.open(run), "CODEX_TRACKER_WANDB_WRITE");
    } finally {
      promises.writeFile = original;
      syncBuiltinESMExports();
    }
    await session([]);
    expect(await readFile(join(folder, "wandb/.gitignore"), "utf8")).to.equal("*\n!settings\n");
  });

  it("does not wait for ever where the system makes no folders", async () => {
    await writeFile(join(folder, "file"), "");
    const nowhere = existsSync("/proc/self") ? "/proc/nowhere/here" : join(folder, "file", "here");
    const tracker = await create(folder, { folder: nowhere });
    const error = await rejection(() => tracker.open(run), "CODEX_TRACKER_WANDB_WRITE");
    expect(error.where).to.contain(nowhere);
  });

  it("finds a run in its folder, wherever that is now", async () => {
    const saved = await session([metrics(1, 1, { a: 1 })], { folder: "wandb" });
    expect(saved).to.deep.equal({
      folder: runFolder(join(folder, "wandb"), wandbId(run.runId)).split(/[\\/]/).at(-1),
      logFromMs: 0,
    });
  });
});
