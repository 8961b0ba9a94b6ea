import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { type ProxyFault, startProxy } from "../support/faulty-proxy.js";
import { expectNumbersOf, MlflowServer, migrate, type ShownRun, shownOf, shownRuns } from "../support/mlflow.js";
import { repositoryRoot } from "../support/repository.js";
import { ScratchProject } from "../support/scratch-project.js";

const codex = join(repositoryRoot, "core/kernel/bin/codex.js");
const killInLine = pathToFileURL(join(repositoryRoot, "test/support/kill-in-line.mjs")).href;
const logBatch = "/api/2.0/mlflow/runs/log-batch";

const config = {
  data: { type: "text", paths: ["book.txt"], validationFraction: 0.2 },
  tokenizer: { type: "char" },
  model: { type: "gpt", layerCount: 1, headCount: 2, embedDim: 16, contextLength: 16 },
  trainer: { maxSteps: 600, microBatch: 2, evalEvery: 100, sample: { every: 200, maxNewTokens: 8 } },
  checkpoint: { every: 50, keepLast: 3 },
  compute: { type: "onnx", threads: 1, native: false },
  tracker: { mlflow: { experiment: "whales" } },
};

describe("MLflow", () => {
  const book = Array.from({ length: 64 }, (_, index) => `${index} whales swam ${(index * 7) % 5} miles.`);
  const project = new ScratchProject([
    { name: "book.txt", text: book.join("\n") },
    { name: "codex.config.json", text: JSON.stringify(config) },
  ]);
  const at = (name: string) => join(project.folder, name);
  const children: ChildProcess[] = [];

  after(() => {
    for (const child of children) child.kill("SIGKILL");
    project.dispose();
  });

  function start(words: readonly string[], environment: NodeJS.ProcessEnv = {}, node: readonly string[] = []) {
    const child = spawn(process.execPath, [...node, codex, ...words], {
      cwd: project.folder,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.push(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (output += text));
    const ended = new Promise<string>((resolve) => {
      child.once("close", (code, signal) => resolve(signal ?? `${code}${code === 0 ? "" : `: ${output}`}`));
    });
    return { child, ended };
  }

  const train = (folder: string, words: readonly string[] = [], ...more: readonly [NodeJS.ProcessEnv?, string[]?]) =>
    start(["train", "--quiet", "--output-dir", at(folder), ...words], ...more);
  const sync = (folder: string, words: readonly string[] = []) => start(["runs", "sync", at(folder), ...words]).ended;
  /** How many numbers a tracker has settled. */
  const settled = (folder: string): number => {
    const path = join(at(folder), "trackers/mlflow.json");
    return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")).settled.at(-1)?.[1] ?? 0) : 0;
  };

  async function until(what: string, isSo: () => boolean, limitMs = 240_000): Promise<void> {
    const endMs = Date.now() + limitMs;
    while (!isSo()) {
      if (Date.now() > endMs) throw new Error(`it took too long until ${what}`);
      await sleep(50);
    }
  }

  function expectWhole(shown: ShownRun, folder: string, status = "FINISHED"): void {
    expectNumbersOf(at(folder), shown);
    expect(shown).to.include({ status, experiment: "whales" });
    expect(shown.name).to.equal(shown.tags.runId);
    expect(shown.params).to.include({
      "model.embedDim": "16",
      "trainer.microBatch": "2",
      "data.paths": '["book.txt"]',
    });
    expect(shown.tags).to.include({ "mlflow.source.type": "LOCAL", node: process.version });
    const { data } = JSON.parse(readFileSync(join(at(folder), "lock.json"), "utf8"));
    expect(shown.inputs).to.deep.equal([{ name: "book.txt", digest: data.slice(0, 32), context: "training" }]);
    for (const name of ["config.yaml", "environment.json", "lock.json"]) {
      expect(shown.files[name], name).to.equal(readFileSync(join(at(folder), name), "utf8"));
    }
    expect(Object.keys(shown.files).filter((path) => path.startsWith("samples/"))).to.have.length.greaterThan(0);
  }

  describe("with a local store", () => {
    const store = at("mlruns");
    const read = () => shownRuns(pathToFileURL(store).href);
    /** Metric files whose last line is cut. */
    const torn = () =>
      readdirSync(store, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.parentPath.includes("/metrics"))
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((path) => !readFileSync(path, "utf8").endsWith("\n"));

    before(async () => {
      expect(await train("plain").ended).to.equal("0");
    });

    it("shows a run as its records say", async () => {
      const shown = shownOf(await read(), at("plain"));
      expectWhole(shown, "plain");
      expect(shown.files["report.html"]).to.equal(readFileSync(join(at("plain"), "report.html"), "utf8"));
    });

    it("shows one that was killed in the middle of a line, twice, and went on", async () => {
      const more = ["trainer.maxSteps=1500", "--resume-from", "latest"];
      for (const line of ["3", "12"]) {
        const environment = { CODEX_TEST_KILL_IN_LINE: line };
        expect(await train("killed", more, environment, ["--import", killInLine]).ended).to.equal("SIGKILL");
        expect(torn()).to.have.length(1);
      }
      expect(await train("killed", more).ended).to.equal("0");
      expect(torn()).to.deep.equal([]);
      expectWhole(shownOf(await read(), at("killed")), "killed");
    });

    it("shows one that was delivered afterwards", async () => {
      expect(await train("late", ["tracker.mlflow.uri=http://127.0.0.1:1"]).ended).to.equal("0");
      expect(await sync("late", ["tracker.mlflow.uri=mlruns"])).to.equal("0");
      expect(await sync("late", ["tracker.mlflow.uri=mlruns"])).to.equal("0");
      expectWhole(shownOf(await read(), at("late")), "late");
    });

    it("shows a segment as a run, and a part of a run below it", async () => {
      const more = ["--resume-from", "latest", "trainer.maxSteps=700"];
      const { runId } = JSON.parse(readFileSync(join(at("plain"), "run.json"), "utf8"));
      expect(await train("plain", more).ended).to.equal("0");
      expect(await train("part", [`run.parent=${runId}`]).ended).to.equal("0");
      const runs = await read();
      const [first, second] = [shownOf(runs, at("plain")), shownOf(runs, at("plain"), 2)];
      expectNumbersOf(at("plain"), { ...first, history: [...first.history, ...second.history] });
      expect(Math.max(...first.history.map(({ step }) => step))).to.equal(600);
      expect(Math.min(...second.history.map(({ step }) => step))).to.equal(601);
      expect(shownOf(runs, at("part")).tags["mlflow.parentRunId"]).to.equal(first.id);
    });

    it("migrates to a database that a server shows", async () => {
      const folder = at("migrated");
      mkdirSync(folder);
      await migrate(store, join(folder, "mlflow.db"));
      const server = await MlflowServer.start(folder);
      try {
        // Artifacts stay in the local store, where a server of files does not look.
        const runs = await shownRuns(server.uri, false);
        const before = await read();
        expect(runs).to.have.length(before.length);
        for (const { files: _, ...run } of before) {
          const { files: __, ...migrated } = runs.find(({ id }) => id === run.id)!;
          expect(inOrder(migrated)).to.deep.equal(inOrder(run));
        }
      } finally {
        await server.kill();
      }
    });
  });

  describe("with a server", () => {
    let server: MlflowServer;

    before(async () => {
      mkdirSync(at("server"));
      server = await MlflowServer.start(at("server"));
    });
    after(() => server.kill());

    /** Steps that take a while: a server on a busy machine takes a few hundred numbers a second. */
    const slow = [
      "trainer.gradAccumSteps=40",
      "trainer.evalEvery=20",
      "trainer.sample.every=20",
      "checkpoint.every=10",
    ];
    const endless = [...slow, "trainer.maxSteps=1000000"];
    /** All that the run told, once what a busy server did not take in time is delivered. */
    async function shown(folder: string): Promise<ShownRun> {
      expect(await sync(folder, [`tracker.mlflow.uri=${server.uri}`])).to.equal("0");
      return shownOf(await shownRuns(server.uri), at(folder));
    }

    it("shows a run as its records say", async () => {
      const words = [...slow, "trainer.maxSteps=100"];
      expect(await train("served", words, { MLFLOW_TRACKING_URI: server.uri }).ended).to.equal("0");
      expectWhole(await shown("served"), "served");
    });

    it("shows one whose server was killed under it and came back", async () => {
      const { child, ended } = train("outage", endless, { MLFLOW_TRACKING_URI: server.uri });
      await until("some was delivered", () => settled("outage") > 50);
      await server.kill();
      await sleep(58_000);
      const before = settled("outage");
      await sleep(2000);
      expect(settled("outage"), "what a server that is gone took").to.equal(before);
      expect(child.exitCode, "whether training stopped").to.equal(null);
      await server.start();
      await until("more was delivered", () => settled("outage") > before + 100);
      child.kill("SIGINT");
      expect(await ended).to.match(/^130/);
      expectWhole(await shown("outage"), "outage", "KILLED");
    });

    it("shows one whose server asked to wait, failed and was slow", async () => {
      let batches = 0;
      const faults: { readonly [batch: number]: ProxyFault } = {
        3: { status: 429, headers: { "retry-after": "3" }, reachesServer: false },
        5: { status: 500, reachesServer: false },
        7: { status: 500 },
        9: { delayMs: 30_000 },
        11: { status: 503, headers: { "retry-after": new Date(Date.now() + 1000).toUTCString() } },
      };
      const proxy = await startProxy(server.port, (path) => (path === logBatch ? faults[++batches] : undefined));
      try {
        const { child, ended } = train("faulty", endless, { MLFLOW_TRACKING_URI: proxy.uri });
        await until("all faults are over", () => batches > 13);
        child.kill("SIGINT");
        expect(await ended).to.match(/^130/);
      } finally {
        await proxy.close();
      }
      const refused = proxy.requests.filter(({ path }) => path === logBatch)[2]!;
      const next = proxy.requests[proxy.requests.indexOf(refused) + 1]!;
      expect(next.atMs - refused.atMs, "the wait that was asked for").to.be.within(2900, 10_000);
      expectWhole(await shown("faulty"), "faulty", "KILLED");
    });

    it("shows one that was killed when a batch had arrived and nobody was told", async () => {
      let batches = 0;
      let child: ChildProcess | undefined;
      const fault = { delayMs: 500, onAnswered: () => child?.kill("SIGKILL") };
      const proxy = await startProxy(server.port, (path) => (path === logBatch && ++batches === 4 ? fault : undefined));
      try {
        const first = train("shot", [...endless, "--resume-from", "latest"], { MLFLOW_TRACKING_URI: proxy.uri });
        child = first.child;
        expect(await first.ended).to.equal("SIGKILL");
        const second = train("shot", [...endless, "--resume-from", "latest"], { MLFLOW_TRACKING_URI: proxy.uri });
        const before = batches;
        await until("more was delivered", () => batches > before + 4);
        second.child.kill("SIGINT");
        expect(await second.ended).to.match(/^130/);
      } finally {
        await proxy.close();
      }
      expectWhole(await shown("shot"), "shot", "KILLED");
    });
  });
});

/** What MLflow shows in whatever order. */
function inOrder({ history, ...run }: Omit<ShownRun, "files">) {
  const lines = history.map(({ key, step, timestamp, value }) => `${key} ${step} ${timestamp} ${value}`).sort();
  return { ...run, history: lines };
}
