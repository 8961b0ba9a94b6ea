import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { isRepeatableMetric, TrackerPoint, type TrackerRecord } from "codex-core";
import {
  createFromPlugin,
  createRunDescription,
  createTemporaryFolder,
  removeTemporaryFolders,
} from "codex-core/testing";
import plugin from "codex-plugin-tracker-wandb";
import { parse } from "yaml";
import { repositoryRoot } from "../support/repository.js";
import { ScratchProject } from "../support/scratch-project.js";
import { readRows } from "../support/tiny-run.js";
import { inspect, type Line, syncToPeer, type UploadedRun } from "../support/wandb-peer.js";

const book = Array.from({ length: 16 }, (_, index) => `${index} whales swam ${(index * 7) % 5} miles.`).join("\n");
const config = {
  run: { name: "whales", tags: { team: "sea" } },
  data: { type: "text", paths: ["book.txt"], validationFraction: 0.2 },
  tokenizer: { type: "char" },
  model: { type: "gpt", layerCount: 1, headCount: 2, embedDim: 16, contextLength: 16 },
  trainer: { maxSteps: 1200, microBatch: 2, evalEvery: 100, sample: { every: 400, maxNewTokens: 8 } },
  checkpoint: { every: 50, keepLast: 2 },
  compute: { type: "onnx", threads: 1 },
  tracker: { wandb: { tags: ["one", "two"], jobType: "train", notes: "a test" } },
};
const clocks = new Set(["_step", "_timestamp", "_runtime"]);

describe("W&B's own client", () => {
  let project: ScratchProject;
  const at = (...path: string[]) => join(project.folder, ...path);

  before(() => {
    project = new ScratchProject([
      { name: "book.txt", text: book },
      { name: "codex.config.json", text: JSON.stringify(config) },
    ]);
  });
  beforeEach(() => rmSync(at("wandb"), { recursive: true, force: true }));
  after(() => project?.dispose());

  const train = (run: string, environment: NodeJS.ProcessEnv = {}, ...words: readonly string[]) => {
    const module = pathToFileURL(join(repositoryRoot, "test/support/interrupt-write.mjs")).href;
    const options = { NODE_OPTIONS: `--import ${module}`, CODEX_TEST_WRITE_OF: ".wandb", ...environment };
    return project.codex(["train", `run.outputDir=${at(run)}`, "--resume-from", "latest", ...words], options);
  };
  const runFolders = () => offlineRuns(at("wandb"));

  it("uploads a run that is exactly what was recorded", async () => {
    const trained = await train("whole");
    expect(trained.code, trained.stderr).to.equal(0);
    const folders = runFolders();
    expect(folders).to.have.length(1);
    expectReadable(folders[0]!);
    const uploaded = await syncToPeer(folders[0]!);
    expectAll(uploaded, at("whole"), { exact: true });
    expect(uploaded.exitCode).to.equal(0);
    expect((uploaded.config.tracker as Line).wandb).to.include({ type: "wandb", notes: "a test" });
    const { runId } = JSON.parse(readFileSync(at("whole", "run.json"), "utf8"));
    expect(uploaded.run).to.include({ displayName: "whales", groupName: runId, jobType: "train", notes: "a test" });
    expect(uploaded.run.tags).to.deep.equal(["one", "two"]);
    for (const name of ["config.yaml", "environment.json", "lock.json", "report.html"]) {
      expect(uploaded.files.get(`artifacts/${name}`), name).to.equal(readFileSync(at("whole", name), "utf8"));
    }
    const samples = readRows(at("whole", "events.ndjson")).filter(({ event }) => event === "sample");
    expect(samples.length).to.equal(3);
    for (const { step, prompt, text } of samples) {
      const { path } = uploaded.history.find((line) => line._step === step)!.samples as { path: string };
      expect(JSON.parse(uploaded.files.get(path)!)).to.deep.equal({ columns: ["prompt", "text"], data: [[prompt, text]] }); // biome-ignore format: a row
    }
    const log = readRows(at("whole", "log.ndjson"));
    expect(log.length).to.be.greaterThan(0);
    // What is logged after the trackers were closed is told to nobody.
    for (const { message } of log.slice(0, 5)) expect(uploaded.outputLog).to.include(String(message));
  });

  it("uploads each record once of a run that was killed in mid-write and resumed", async () => {
    const killed = await train("killed", { CODEX_TEST_WRITE_AT: "4", CODEX_TEST_WRITE_HOW: "tear" });
    expect(killed.code, "killed").to.equal(null);
    const { stderr } = inspect(runFolders()[0]!);
    expect(stderr, "the tear is there").not.to.equal("");
    const resumed = await train("killed");
    expect(resumed.code, resumed.stderr).to.equal(0);
    const folders = runFolders();
    expect(folders).to.have.length(1);
    expectReadable(folders[0]!);
    const uploaded = await syncToPeer(folders[0]!);
    expectAll(uploaded, at("killed"), { exact: false });
    expect(uploaded.exitCode).to.equal(0);
  });

  it("uploads a run again that went on after it was uploaded, its lines at their places", async () => {
    const interrupted = await train("again", { CODEX_TEST_WRITE_AT: "3", CODEX_TEST_WRITE_HOW: "interrupt" });
    expect(interrupted.code, interrupted.stderr).to.equal(130);
    const [folder] = runFolders();
    const first = await syncToPeer(folder!);
    expect([first.complete, first.exitCode]).to.deep.equal([true, 255]);
    expect(existsSync(join(folder!, `run-${first.run.name}.wandb.synced`))).to.equal(true);
    const resumed = await train("again");
    expect(resumed.code, resumed.stderr).to.equal(0);
    expect(runFolders()).to.have.length(1);
    const second = await syncToPeer(folder!);
    expect(second.run.name).to.equal(first.run.name);
    expectAll(second, at("again"), { exact: false });
    expect(second.exitCode).to.equal(0);
    expect(second.history.length).to.be.greaterThan(first.history.length);
    // The last of the first upload may have got more values since.
    expect(second.history.slice(0, first.history.length - 1)).to.deep.equal(first.history.slice(0, -1));
    expect(second.history[first.history.length - 1]).to.deep.include(valuesOf(first.history.at(-1)!));
  });

  it("uploads what `codex runs sync` delivered of a run that was trained without it", async () => {
    const trained = await train("late", {}, "~tracker.wandb");
    expect(trained.code, trained.stderr).to.equal(0);
    expect(existsSync(at("wandb"))).to.equal(false);
    const synced = await project.codex(["runs", "sync", at("late"), "+tracker.wandb={}"]);
    expect(synced.code, synced.stderr).to.equal(0);
    const again = await project.codex(["runs", "sync", at("late"), "+tracker.wandb={}"]);
    expect(again.code, again.stderr).to.equal(0);
    const folders = runFolders();
    expect(folders).to.have.length(1);
    expectReadable(folders[0]!);
    expectAll(await syncToPeer(folders[0]!), at("late"), { exact: true });
  });

  it("reads records of any size across blocks, and numbers that are not finite", async () => {
    const folder = await createTemporaryFolder();
    try {
      const run = createRunDescription(folder);
      const tracker = await createFromPlugin(plugin, TrackerPoint, "wandb", {
        context: { folders: { project: folder, cache: folder, run: folder } },
      });
      await tracker.open(run);
      const steps = 3000;
      const records = Array.from({ length: steps }, (_, index): TrackerRecord => {
        const step = index + 1;
        const metrics = { loss: [Number.NaN, Infinity, -Infinity, 1 / step][index % 4]! };
        const base = { sequence: step, step, timeMs: run.startedAtMs + step };
        const counts = Array.from({ length: 1 + (index % 500) }, (_, bin) => bin);
        const edges = Array.from({ length: 2 + (index % 500) }, (_, edge) => edge);
        return index % 100 === 0
          ? { kind: "histogram", ...base, key: "h", edges, counts }
          : { kind: "metrics", ...base, metrics };
      });
      const big = { kind: "params", sequence: 0, step: 1, timeMs: 1, params: { big: "x".repeat(100_000) } } as const;
      const { signal } = new AbortController();
      await tracker.write([big, ...records.slice(0, 700)], signal);
      for (let from = 700; from < steps; from += 77) await tracker.write(records.slice(from, from + 77), signal);
      await tracker.close({ status: "failed", endedAtMs: run.startedAtMs + 9000, error: "CODEX_TEST: boom" });
      const [runFolder = ""] = offlineRuns(join(folder, "wandb"));
      expectReadable(runFolder);
      const uploaded = await syncToPeer(runFolder);
      expect(uploaded.history.map(({ _step, loss }) => [_step, loss])).to.deep.equal(
        records.map((record) => [record.step, record.kind === "metrics" ? plain(record.metrics.loss!) : undefined]),
      );
      expect(uploaded.config.big).to.have.length(100_000);
      expect([uploaded.complete, uploaded.exitCode]).to.deep.equal([true, 1]);
      expect(uploaded.outputLog).to.include("CODEX_TEST: boom");
    } finally {
      await removeTemporaryFolders();
    }
  });
});

function offlineRuns(folder: string): readonly string[] {
  const names = readdirSync(folder).filter((name) => name.startsWith("offline-run-"));
  return names.map((name) => join(folder, name));
}

/** W&B's viewer reads every record of a file, without a word of complaint. */
function expectReadable(folder: string): void {
  const { records, stderr } = inspect(folder);
  expect(stderr).to.equal("");
  expect(records.map(({ num }) => num)).to.deep.equal(records.map((_, index) => index + 1));
  expect(records.at(-1)!.type).to.equal("exit");
}

/** What was uploaded is what the run's own files tell, each number once. */
function expectAll(uploaded: UploadedRun, run: string, { exact }: { readonly exact: boolean }): void {
  expect(uploaded.printed).not.to.match(/error|traceback|panic|failed/i);
  expect(uploaded.complete).to.equal(true);
  const rows = readRows(join(run, "metrics.ndjson"));
  const steps = new Map<number, { [key: string]: unknown }>();
  for (const { seq, step, timeMs, ...metrics } of rows) {
    const values = Object.entries(metrics).filter(([key]) => !key.startsWith("system/"));
    steps.set(Number(step), { ...steps.get(Number(step)), ...Object.fromEntries(values) });
  }
  // Steps that were trained again have other clocks: those of before were told.
  const told = (values: Line) =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, exact || isRepeatableMetric(key) ? value : "measured"]),
    );
  expect(uploaded.history.map((line) => [line._step, told(valuesOf(line))])).to.deep.equal(
    [...steps].map(([step, values]) => [step, told(values)]),
  );
  const last = Object.assign({}, ...steps.values());
  expect(told(valuesOf(uploaded.summary))).to.deep.equal(told(last));
  expect(uploaded.summary._step).to.equal([...steps.keys()].at(-1));
  expectStats(uploaded, rows, exact);
  const { tags, tracker: _tracker, ...sections } = uploaded.config;
  const { tracker: _, ...resolved } = withoutEmpty(parse(readFileSync(join(run, "config.yaml"), "utf8")));
  expect(sections).to.deep.equal(resolved);
  const { runId } = JSON.parse(readFileSync(join(run, "run.json"), "utf8"));
  expect(tags).to.include({ runId, team: "sea", node: process.version });
  for (const name of ["config.yaml", "wandb-summary.json", "wandb-metadata.json", "output.log"]) {
    expect([...uploaded.files.keys()], name).to.include(name);
  }
}

/** W&B knows no empty maps. */
function withoutEmpty(map: Line): Line {
  const entries = Object.entries(map).map(([key, value]) => {
    const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
    return [key, isMap ? withoutEmpty(value as Line) : value] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => JSON.stringify(value) !== "{}"));
}

/** The machine's measures stand at their times under W&B's names; in a run that went on, each time stands once. */
function expectStats({ events }: UploadedRun, rows: readonly Line[], exact: boolean): void {
  const measured = rows.filter((row) => Object.keys(row).some((key) => key.startsWith("system/")));
  expect(measured.length).to.be.greaterThan(0);
  const told = events.map(({ _wandb, _runtime, ...line }) => line);
  if (exact) {
    expect(told).to.deep.equal(measured.map(statsOf));
    return;
  }
  const times = told.map(({ _timestamp }) => _timestamp);
  expect(new Set(times).size).to.equal(times.length);
  const last = statsOf(measured.at(-1)!);
  expect(told.find(({ _timestamp }) => _timestamp === last._timestamp)).to.deep.equal(last);
}

function statsOf(row: Line): Line {
  const stats: { [key: string]: unknown } = { _timestamp: Number(row.timeMs) / 1000 };
  for (const [key, value] of Object.entries(row)) {
    if (key === "system/cpuPercent") stats["system.cpu"] = value;
    else if (key === "system/memoryBytes") stats["system.proc.memory.rssMB"] = Number(value) / 1024 ** 2;
    else if (key.startsWith("system/")) stats[key.replace("/", ".")] = value;
  }
  return stats;
}

/** A line's metrics: without clocks, and without what stands for a file. */
function valuesOf(line: Line): Line {
  return Object.fromEntries(
    Object.entries(line).filter(([key, value]) => !clocks.has(key) && key !== "_wandb" && typeof value !== "object"),
  );
}

const plain = (value: number) => (Number.isFinite(value) ? value : String(value));
