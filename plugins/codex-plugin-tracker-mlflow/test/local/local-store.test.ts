import { appendFile, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { type Json, type Logger, type RunDescription, TrackerPoint, type TrackerRecord } from "codex-core";
import {
  createFromPlugin,
  createMetricsRecords,
  createRunDescription,
  createTemporaryFolder,
  rejection,
  removeTemporaryFolders,
  silentLogger,
} from "codex-core/testing";
import plugin, { localRunId } from "codex-plugin-tracker-mlflow";
import { parse, stringify } from "yaml";
import { filesBelow, readLocal } from "../read-local.js";

const { signal } = new AbortController();
const outcome = { status: "interrupted", endedAtMs: 5 } as const;

describe("LocalStore", () => {
  let folder: string;
  let store: string;
  let run: RunDescription;
  let warnings: unknown[];

  beforeEach(async () => {
    folder = await createTemporaryFolder();
    store = join(folder, "mlruns");
    run = createRunDescription(folder);
    warnings = [];
  });
  afterEach(removeTemporaryFolders);

  const create = () => {
    const logger: Logger = { ...silentLogger, warn: (message, fields) => warnings.push([message, fields]) };
    const context = { logger, folders: { project: folder, cache: folder, run: folder } };
    return createFromPlugin(plugin, TrackerPoint, "mlflow", { options: { uri: "mlruns" }, context });
  };
  const session = async (records: readonly TrackerRecord[], saved?: Json, told = run) => {
    const tracker = await create();
    const state = await tracker.open(told, saved);
    await tracker.write(saved === undefined ? records : await tracker.missing!(records, signal), signal);
    await tracker.close(outcome);
    return state;
  };
  const metric = (step: number, metrics: { [key: string]: number }): TrackerRecord => ({
    kind: "metrics",
    sequence: step,
    step,
    timeMs: 1000 + step,
    metrics,
  });
  const runFolder = async () => {
    const experiment = (await readdir(store)).find((name) => /^\d+$/.test(name))!;
    return join(store, experiment, localRunId(run.runId));
  };
  const shown = () => readLocal(store, localRunId(run.runId));
  const steps = async (key: string) =>
    (await shown()).metrics.filter((point) => point.key === key).map(({ step }) => step);

  it("gives a run an id that whoever knows its runId knows", () => {
    expect(localRunId("20260101-120000-suite-00ff")).to.match(/^[0-9a-f]{32}$/);
    expect(localRunId("a")).not.to.equal(localRunId("a-2"));
  });

  for (const tear of [
    "1767268804000 0.9",
    "17",
    "1767268804000 0.9 4",
    "1767268804000 \n",
    "\0\0\0\0\0\n",
    "\0".repeat(300),
  ]) {
    it(`removes ${JSON.stringify(tear).slice(0, 40)} from a file's end, and goes on`, async () => {
      const saved = await session(createMetricsRecords(1, 3));
      await appendFile(join(await runFolder(), "metrics/train/loss"), tear);
      await session(createMetricsRecords(3, 5), saved);
      expect(await steps("train/loss")).to.deep.equal([1, 2, 3, 4, 5]);
      expect(await steps("train/learningRate")).to.deep.equal([1, 2, 3, 4, 5]);
    });
  }

  it("removes much that is no line", async () => {
    const saved = await session(createMetricsRecords(1, 3));
    await appendFile(join(await runFolder(), "metrics/train/loss"), `${"\0".repeat(200_000)}\n${"x".repeat(70_000)}`);
    await session([], saved);
    expect(await steps("train/loss")).to.deep.equal([1, 2, 3]);
  });

  it("repairs files that nothing is added to, and removes those without a line: MLflow could not read the run", async () => {
    const saved = await session([metric(1, { a: 1, b: 1, c: 1 })]);
    await truncate(join(await runFolder(), "metrics/a"), 4);
    await truncate(join(await runFolder(), "metrics/b"), 0);
    await session([], saved);
    expect((await shown()).metrics.map(({ key }) => key)).to.deep.equal(["c"]);
  });

  it("repairs a file that a failed write left torn, at once, and adds what is missing", async () => {
    const tracker = await create();
    await tracker.open(run);
    await tracker.write([metric(1, { a: 1 })], signal);
    const handles = await import("node:fs/promises");
    const probe = await handles.open(join(await runFolder(), "metrics/a"), "r");
    const prototype = Object.getPrototypeOf(probe);
    await probe.close();
    const { appendFile: original } = prototype;
    prototype.appendFile = async function (this: typeof probe, text: string) {
      await original.call(this, text.slice(0, 6));
      throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    };
    try {
      const batch = [metric(2, { a: 2 }), metric(3, { a: 3 })];
      await rejection(() => tracker.write(batch, signal), "CODEX_TRACKER_MLFLOW_WRITE");
      prototype.appendFile = original;
      // MLflow reads no run with a torn line, and the run may end here.
      expect(await steps("a")).to.deep.equal([1]);
      await tracker.write(await tracker.missing!(batch, signal), signal);
    } finally {
      prototype.appendFile = original;
    }
    await tracker.close(outcome);
    expect(await steps("a")).to.deep.equal([1, 2, 3]);
  });

  it("writes the same number of a batch once: MLflow's database would refuse the second", async () => {
    await session([metric(1, { a: 1 }), { ...metric(1, { a: 1 }), sequence: 2 }, metric(2, { a: 1 })]);
    expect(await steps("a")).to.deep.equal([1, 2]);
  });

  it("begins anew a run that nobody says was opened before", async () => {
    await session(createMetricsRecords(1, 3));
    await session(createMetricsRecords(1, 1));
    expect(await steps("train/loss")).to.deep.equal([1]);
  });

  it("leaves out a metric whose name is a folder of others, and says so once", async () => {
    const names = { "a/b": 1, a: 2, "a/b/c": 3 };
    const text = { kind: "tags", sequence: 3, step: 1, timeMs: 1, tags: { t: "1", "t/u": "2" } } as const;
    const saved = await session([metric(1, names), metric(2, names), text]);
    await session([metric(3, names)], saved);
    expect((await shown()).metrics.map(({ key, step }) => `${key} ${step}`)).to.deep.equal(["a/b 1", "a/b 2", "a/b 3"]);
    expect((await shown()).tags.get("t")).to.equal("1");
    expect(warnings.map((warning) => (warning as [string, { key: string }])[1].key)).to.deep.equal([
      "a",
      "a/b/c",
      "t/u",
      "a",
      "a/b/c",
    ]);
  });

  it("makes one experiment when several processes make it at the same moment", async () => {
    const runs = Array.from({ length: 6 }, (_, index) => ({ ...run, runId: `run-${index}` }));
    await Promise.all(runs.map((told) => session(createMetricsRecords(1, 2), undefined, told)));
    expect((await readdir(store)).filter((name) => name !== ".trash")).to.have.length(1);
    for (const told of runs) expect((await readLocal(store, localRunId(told.runId))).metrics).to.have.length(6);
  });

  it("finds the experiment that MLflow made, and restores one that was deleted", async () => {
    const meta = { name: "suite-project", experiment_id: "123", lifecycle_stage: "deleted", creation_time: 7 };
    await mkdir(join(store, ".trash/123"), { recursive: true });
    await writeFile(join(store, ".trash/123/meta.yaml"), stringify(meta));
    await session(createMetricsRecords(1, 1));
    expect(await readdir(join(store, ".trash"))).to.deep.equal([]);
    const after = parse(await readFile(join(store, "123/meta.yaml"), "utf8"));
    expect(after).to.include({ ...meta, lifecycle_stage: "active" });
    expect((await shown()).experiment).to.equal("suite-project");
  });

  it("stays in its experiment when that is renamed or deleted, and makes another for new runs", async () => {
    const saved = await session(createMetricsRecords(1, 1));
    const experiment = (await runFolder()).split(/[/\\]/).at(-2)!;
    const path = join(store, experiment, "meta.yaml");
    await writeFile(path, stringify({ ...parse(await readFile(path, "utf8")), name: "renamed" }));
    await rename(join(store, experiment), join(store, ".trash", experiment));
    await session(createMetricsRecords(2, 2), saved);
    expect((await shown()).experiment).to.equal("renamed");
    expect(await steps("train/loss")).to.deep.equal([1, 2]);
    const other = { ...run, runId: "other" };
    await session([], undefined, other);
    expect((await readLocal(store, localRunId("other"))).experiment).to.equal("suite-project");
    expect((await shown()).experiment).to.equal("renamed");
  });

  it("keeps a name that the run got in MLflow", async () => {
    const saved = await session([]);
    const path = join(await runFolder(), "meta.yaml");
    await writeFile(path, stringify({ ...parse(await readFile(path, "utf8")), run_name: "the best" }));
    await session([], saved);
    expect((await shown()).name).to.equal("the best");
  });

  it("goes on with many more metrics than files that it keeps open", async () => {
    const many = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`layer.${index}`, index]));
    await session([metric(1, many)]);
    const tracker = await create();
    await tracker.open({ ...run, runId: "other" });
    for (const step of [1, 2, 3]) await tracker.write([metric(step, many)], signal);
    await tracker.close(outcome);
    expect((await readLocal(store, localRunId("other"))).metrics).to.have.length(1200);
  });

  it("leaves nothing but what MLflow knows", async () => {
    await session(createMetricsRecords(1, 3));
    const files = [...(await filesBelow(store)).keys()].map((path) => path.split("/").slice(1).join("/"));
    expect(
      files.filter((path) => !/^([0-9a-f]{32}\/(metrics|params|tags)\/.+|([0-9a-f]{32}\/)?meta\.yaml)$/.test(path)),
    ).to.deep.equal([]);
  });

  it("names the folder when it cannot be written", async () => {
    await rm(store, { recursive: true, force: true });
    await writeFile(store, "a file in the way");
    const tracker = await create();
    const error = await rejection(() => tracker.open(run), "CODEX_TRACKER_MLFLOW_WRITE");
    expect(error.where).to.equal(store);
  });
});
