import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { expectNumbersOf, shownOf, shownRuns } from "../support/mlflow.js";
import { kernelOnDisks, ScriptedRun, trainOnDisks } from "../support/run-on-disks.js";
import { ScratchProject } from "../support/scratch-project.js";
import { readEvents } from "../support/tensorboard.js";
import { readRows } from "../support/tiny-run.js";
import { TrackerDisks } from "../support/tracker-disks.js";
import { inspect, type Line, syncToPeer } from "../support/wandb-peer.js";

const readers = ["mlflow", "wandb", "tensorboard"] as const;

describe("The readers of a run whose trackers' disks were full for a while", function () {
  this.timeout(300_000);
  let disks: TrackerDisks;

  beforeEach(function () {
    const mounted = TrackerDisks.mount(readers);
    if (!mounted) this.skip(); // No small disk can be mounted here: that takes root on Linux.
    disks = mounted!;
  });
  afterEach(async () => {
    disks?.dispose();
    await removeTemporaryFolders();
  });

  /** Fills the disks when what was told is delivered. */
  async function fillAfter(run: ScriptedRun): Promise<void> {
    await run.steps(20);
    run.tellOthers("before");
    while (!run.isDelivering(readers)) await sleep(20);
    await sleep(200);
    for (let made = 0; made < 200; made++) {
      disks.fill();
      await run.steps(1);
    }
    run.tellOthers("during");
  }

  it("show each record once where they had space again while it went on", async () => {
    const run = new ScriptedRun(async (run) => {
      await fillAfter(run);
      while (run.failures.size < readers.length) {
        await run.steps(1);
        await sleep(20);
      }
      disks.enlarge();
      while (run.recovered().length < readers.length) {
        await run.steps(1);
        await sleep(20);
      }
      run.tellOthers("after");
      await run.steps(20);
    });
    const kernel = await kernelOnDisks(await createTemporaryFolder(), disks, run);
    try {
      expect(await trainOnDisks(kernel, run)).to.equal("finished");
      expect(run.recovered().toSorted()).to.deep.equal(readers.toSorted());
      for (const failures of run.failures.values()) {
        expect(failures.map(({ code }) => code)).to.deep.equal(["CODEX_TRACKER_FAILED"]);
      }
      await expectShown(run.folder, disks);
    } finally {
      await kernel.dispose();
    }
  });

  it("show each record once where the run ended before, and what it told before meanwhile", async () => {
    const run = new ScriptedRun(fillAfter);
    const kernel = await kernelOnDisks(await createTemporaryFolder(), disks, run);
    try {
      expect(await trainOnDisks(kernel, run)).to.equal("finished");
      expect(run.failures.size).to.equal(readers.length);
      // MLflow shows no run of which a line is torn.
      const { status, history } = shownOf(await shownRuns(mlflowStore(disks)), run.folder);
      expect(status).to.equal("RUNNING");
      expect(history.filter(({ key }) => key === "train/loss").length).to.be.within(1, 219);
      disks.enlarge();
      const all = Object.fromEntries(readers.map((name) => [name, true]));
      expect(await kernel.sync({ run: run.folder })).to.deep.equal(all);
      await expectShown(run.folder, disks);
    } finally {
      await kernel.dispose();
    }
  });

  it("show each record once where `codex train` had no space for it at all, and `codex runs sync` came later", async () => {
    const config = {
      data: { type: "text", paths: ["book.txt"], validationFraction: 0.2 },
      tokenizer: { type: "char" },
      model: { type: "gpt", layerCount: 1, headCount: 2, embedDim: 16, contextLength: 16 },
      trainer: { maxSteps: 200, microBatch: 2, evalEvery: 50, sample: { every: 100, maxNewTokens: 8 } },
      compute: { type: "onnx", threads: 1, native: false },
      tracker: Object.fromEntries(readers.map((name) => [name, disks.optionsOf(name)])),
    };
    const book = Array.from({ length: 64 }, (_, index) => `${index} whales swam ${(index * 7) % 5} miles.`);
    const project = new ScratchProject([
      { name: "book.txt", text: book.join("\n") },
      { name: "codex.config.json", text: JSON.stringify(config) },
    ]);
    try {
      disks.fill();
      const trained = await project.codex(["train", "--output-dir", "run"]);
      expect(trained.code, trained.stderr).to.equal(0);
      for (const name of readers) expect(trained.stderr).to.match(new RegExp(`CODEX_TRACKER_FAILED.*${name}.*ENOSPC`));
      const refused = await project.codex(["runs", "sync", "run"]);
      expect(refused.code).to.equal(1);
      for (const name of readers)
        expect(refused.stdout).to.match(new RegExp(`^${name} has not all of the run: .*ENOSPC`, "m"));
      disks.enlarge();
      const synced = await project.codex(["runs", "sync", "run"]);
      expect(synced.code, synced.stderr).to.equal(0);
      await expectShown(join(project.folder, "run"), disks);
    } finally {
      project.dispose();
    }
  });
});

const mlflowStore = (disks: TrackerDisks) => pathToFileURL(join(disks.folderOf("mlflow"), "mlruns")).href;

/** Fails unless each reader shows what the run's own files tell, each number and text once, and nothing else. */
async function expectShown(folder: string, disks: TrackerDisks): Promise<void> {
  const rows = readRows(join(folder, "metrics.ndjson"));
  const events = readRows(join(folder, "events.ndjson"));
  await expectMlflow(folder, disks, events);
  await expectWandb(folder, disks, rows, events);
  expectTensorboard(folder, disks, rows, events);
}

async function expectMlflow(folder: string, disks: TrackerDisks, events: readonly Line[]): Promise<void> {
  const shown = shownOf(await shownRuns(mlflowStore(disks)), folder);
  expect(shown.status).to.equal("FINISHED");
  expectNumbersOf(folder, shown);
  for (const { event, params, tags } of events) {
    if (event === "tags") expect(shown.tags).to.include(tags);
    if (event === "params")
      for (const [name, value] of Object.entries(params as Line)) expect(shown.params[name]).to.equal(String(value));
  }
  const texts = events.flatMap(({ event, prompt, text }) =>
    event === "sample" ? [`${prompt}${text}\n`] : event === "text" ? [String(text)] : [],
  );
  const files = events
    .filter(({ event, type }) => event === "artifact" && type === "file")
    .map(({ path }) => readFileSync(join(folder, String(path)), "utf8"));
  expect(Object.values(shown.files).toSorted()).to.deep.equal([...texts, ...files].toSorted());
}

async function expectWandb(
  folder: string,
  disks: TrackerDisks,
  rows: readonly Line[],
  events: readonly Line[],
): Promise<void> {
  const runs = join(disks.folderOf("wandb"), "wandb");
  const [name, ...others] = readdirSync(runs).filter((entry) => entry.startsWith("offline-run-"));
  expect(others).to.deep.equal([]);
  expect(inspect(join(runs, name!)).stderr).to.equal("");
  const uploaded = await syncToPeer(join(runs, name!));
  expect(uploaded.printed).not.to.match(/error|traceback|panic|failed/i);
  expect([uploaded.complete, uploaded.exitCode]).to.deep.equal([true, 0]);
  const steps = new Map<unknown, Line>();
  for (const { seq, step, timeMs, ...metrics } of rows) {
    const values = Object.entries(metrics).filter(([key]) => !key.startsWith("system/"));
    if (values.length > 0) steps.set(step, { ...steps.get(step), ...Object.fromEntries(values) });
  }
  const shown = uploaded.history
    .map((line) => [line._step, valuesOf(line)] as const)
    .filter(([, values]) => Object.keys(values).length > 0);
  expect(shown).to.deep.equal([...steps]);
  for (const { event, step, path, name, tags } of events) {
    if (event === "tags") expect(uploaded.config.tags).to.include(tags);
    if (event === "artifact" && uploaded.files.has(`artifacts/${name}`)) {
      expect(uploaded.files.get(`artifacts/${name}`)).to.equal(readFileSync(join(folder, String(path)), "utf8"));
    }
    if (event === "sample") {
      const { path: table } = uploaded.history.find((line) => line._step === step)!.samples as { path: string };
      const ofStep = events.filter((other) => other.event === "sample" && other.step === step);
      expect(JSON.parse(uploaded.files.get(table)!).data).to.deep.equal(
        ofStep.map(({ prompt, text }) => [prompt, text]),
      );
    }
  }
  const wanted = ["before.txt", "during.txt", "after.txt"].filter((name) => existsSync(join(folder, name)));
  expect([...uploaded.files.keys()]).to.include.members(["config.yaml", ...wanted].map((name) => `artifacts/${name}`));
}

/** A line's metrics: without clocks, and without what stands for a file. */
function valuesOf(line: Line): Line {
  const isMetric = ([key, value]: readonly [string, unknown]) => !key.startsWith("_") && typeof value !== "object";
  return Object.fromEntries(Object.entries(line).filter(isMetric));
}

function expectTensorboard(folder: string, disks: TrackerDisks, rows: readonly Line[], events: readonly Line[]): void {
  const { runId } = JSON.parse(readFileSync(join(folder, "run.json"), "utf8"));
  const { scalars, tensors } = readEvents(join(disks.folderOf("tensorboard"), runId));
  const told: { [tag: string]: [unknown, number][] } = {};
  for (const { seq, step, timeMs, ...metrics } of rows) {
    for (const [tag, value] of Object.entries(metrics)) {
      told[tag] ??= [];
      told[tag].push([step, Math.fround(Number(value))]);
    }
  }
  const shown = Object.entries(scalars).map(([tag, points]) => [tag, points.map(([step, , value]) => [step, value])]);
  expect(Object.fromEntries(shown)).to.deep.equal(told);
  for (const kind of ["sample", "text", "params", "tags"]) {
    const records = events.filter(({ event }) => event === kind);
    const tag = kind === "sample" ? "samples" : kind === "text" ? "notes" : kind;
    // The file begins with tags, at step 0.
    const points = (tensors[tag] ?? []).slice(kind === "tags" ? 1 : 0);
    expect(
      points.map(([step]) => step),
      kind,
    ).to.deep.equal(records.map(({ step }) => step));
  }
}
