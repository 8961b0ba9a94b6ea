import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { type Logger, type RunDescription, type Tracker, TrackerPoint, type TrackerRecord } from "codex-core";
import {
  createFromPlugin,
  createMetricsRecords,
  createOddRecords,
  createRunDescription,
  createTemporaryFolder,
  describeTracker,
  removeTemporaryFolders,
} from "codex-core/testing";
import plugin, { localRunId } from "codex-plugin-tracker-mlflow";
import { FakeServer } from "./fake-server.js";
import { readLocal } from "./read-local.js";

const { signal } = new AbortController();

/** Files as a run's folder has them. */
async function fillFolder(folder: string): Promise<void> {
  await writeFile(join(folder, "gone.yaml"), "is: here\n");
  await writeFile(join(folder, "lock.json"), JSON.stringify({ data: "ab".repeat(32) }));
  await mkdir(join(folder, "checkpoints/step-00000001/tokenizer"), { recursive: true });
  await writeFile(join(folder, "checkpoints/step-00000001/model.safetensors"), "weights");
  await writeFile(join(folder, "checkpoints/step-00000001/tokenizer/tokenizer.json"), "{}");
}

describe("the MLflow tracker with a local store", () => {
  describeTracker("mlflow", (folder) => createTracker(folder, { uri: "store" }), {
    read: async (run) => (await readLocal(join(run.folder, "store"), localRunId(run.runId))).metrics,
  });
});

describe("the MLflow tracker with a server", () => {
  let server: FakeServer;
  let uri: string;
  before(async () => {
    server = new FakeServer();
    uri = await server.start();
  });
  beforeEach(() => {
    server.runs.length = 0;
  });
  after(() => server.stop());

  describeTracker("mlflow", (folder) => createTracker(folder, { uri }), {
    read: async (run) => server.run(run.runId).metrics,
  });
});

for (const where of ["local store", "server"] as const) {
  describe(`what the MLflow tracker tells a ${where}`, () => {
    let server: FakeServer;
    let folder: string;
    let uri: string;
    let warnings: string[];
    let run: RunDescription;

    beforeEach(async () => {
      server = new FakeServer();
      folder = await createTemporaryFolder();
      uri = where === "server" ? await server.start() : "store";
      warnings = [];
      run = createRunDescription(folder);
    });
    afterEach(async () => {
      await server.stop().catch(() => undefined);
      await removeTemporaryFolders();
    });

    const create = (options: object = {}) => createTracker(folder, { uri, ...options }, warnings);
    const read = async (told = run) => {
      if (where === "local store") return readLocal(join(folder, "store"), localRunId(told.runId));
      const { info, params, tags, metrics, inputs } = server.run(told.runId);
      const prefix = `${info.experiment_id}/${info.run_id}/artifacts/`;
      const files = [...server.files].map(([path, bytes]) => [path.slice(prefix.length), String(bytes)] as const);
      return {
        status: String(info.status),
        endTime: info.end_time,
        name: String(info.run_name),
        experiment: server.experiments.find(({ id }) => id === info.experiment_id)!.name,
        params,
        tags,
        metrics,
        files: new Map(files),
        datasets: inputs.map(({ dataset, tags }) => {
          const context = (tags as { value: string }[])[0]!.value;
          return { ...(dataset as { name: string; digest: string }), context };
        }),
      };
    };

    async function session(records: readonly TrackerRecord[], options: object = {}, told = run) {
      const tracker = await create(options);
      const saved = await tracker.open(told);
      await tracker.write(records, signal);
      await tracker.close({ status: "finished", endedAtMs: 1_767_268_900_000.4 });
      return saved;
    }

    it("names the run, its experiment and how it ended", async () => {
      await session([]);
      const { status, endTime, name, experiment } = await read();
      expect({ status, endTime, name, experiment }).to.deep.equal({
        status: "FINISHED",
        endTime: 1_767_268_900_000,
        name: run.runId,
        experiment: "suite-project",
      });
    });

    for (const [status, expected] of [
      ["failed", "FAILED"],
      ["interrupted", "KILLED"],
    ] as const) {
      it(`says ${expected} of a run that ${status === "failed" ? "failed" : "was interrupted"}, RUNNING before`, async () => {
        const tracker = await create({ experiment: "other" });
        await tracker.open(run);
        expect((await read()).status).to.equal("RUNNING");
        await tracker.close({ status, endedAtMs: 5 });
        expect(await read()).to.include({ status: expected, experiment: "other" });
      });
    }

    it("makes params of the config and tags of what the run is found by, with MLflow's own", async () => {
      await session(
        [],
        {},
        { ...run, tags: { ...run.tags, gitCommit: "c0ffee", gitBranch: "main", "mlflow.note.content": "n" } },
      );
      const { params, tags } = await read();
      expect(Object.fromEntries(params)).to.deep.equal({
        "trainer.type": "lm",
        "trainer.maxSteps": "3",
        "run.name": "suite",
        "run.seed": "1",
      });
      expect(Object.fromEntries(tags)).to.include({
        runId: run.runId,
        host: "suite-host",
        command: "codex train",
        "mlflow.source.name": "suite-project",
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": "c0ffee",
        "mlflow.source.git.branch": "main",
        "mlflow.note.content": "n",
      });
      expect(tags.get("mlflow.user")).to.be.a("string");
    });

    it("makes artifacts of files, texts and tables, of checkpoints when asked to", async () => {
      await fillFolder(folder);
      await session(createOddRecords());
      const small = await read();
      const text = 'two\nlines, "quotes", an emoji \u{1f40b} and a NUL \0';
      expect(Object.fromEntries(small.files)).to.deep.equal({
        "config.yaml": "is: here\n",
        "samples/step-00000001-1001.txt": `${text}\n`,
        "texts/notes/a b/step-00000001-1002.txt": text,
        "tables/eval/cases/step-00000001-1004.json": '{"columns":["a","b"],"data":[[1,"x"],[null,true]]}',
      });
      expect(small.params.get("halved")).to.equal("true");
      expect(small.params.get("note")).to.equal(text.replace("\0", "\ufffd"));
      expect(small.tags.get("stage")).to.equal("two");
      await session(createOddRecords(), { artifacts: ["checkpoints"] }, createRunDescription(folder, 2));
      const all = [...(await read(createRunDescription(folder, 2))).files.keys()];
      expect(all.filter((path) => path.includes("checkpoints/")).sort()).to.deep.equal([
        "checkpoints/step-00000001/model.safetensors",
        "checkpoints/step-00000001/tokenizer/tokenizer.json",
      ]);
    });

    it("says what data the run was trained on", async () => {
      await fillFolder(folder);
      const config = { ...run.config, data: { type: "text", paths: ["book.txt"] } };
      await session([], {}, { ...run, config });
      const { datasets } = await read();
      expect(datasets).to.have.length(1);
      expect(datasets[0]).to.include({ name: "book.txt", digest: "ab".repeat(16), context: "training" });
      expect(datasets[0]).to.include({ source_type: "local", source: '{"uri":"book.txt"}' });
    });

    it("puts a run below its parent, and a segment beside the first", async () => {
      await session([]);
      const child = { ...run, runId: "child-0001", parent: run.runId, tags: { runId: "child-0001" } };
      await session([], {}, child);
      const expected = where === "server" ? server.run(run.runId).info.run_id : localRunId(run.runId);
      expect((await read(child)).tags.get("mlflow.parentRunId")).to.equal(expected);
      await session(createMetricsRecords(3, 4), {}, createRunDescription(folder, 2));
      expect((await read()).metrics).to.have.length(0);
      expect((await read(createRunDescription(folder, 2))).metrics).to.have.length(6);
    });

    it("keeps numbers that are not finite and names that MLflow has no characters for", async () => {
      const metrics = { a: Number.NaN, b: Number.NEGATIVE_INFINITY, "top@5": 1, "/../x//y/": 2, ["k".repeat(300)]: 3 };
      await session([{ kind: "metrics", sequence: 1, step: 1, timeMs: 1.6, metrics }]);
      const shown = (await read()).metrics;
      expect(shown.find(({ key }) => key === "a")!.value).to.be.NaN;
      expect(shown.find(({ key }) => key === "b")!.value).to.equal(Number.NEGATIVE_INFINITY);
      expect(shown.map(({ key }) => key.slice(0, 9))).to.have.members(["a", "b", "top_x40_5", "__/x/y", "kkkkkkkkk"]);
      for (const { key } of shown) expect(key.length).to.be.at.most(250);
      for (const { timestamp } of shown) expect(timestamp).to.equal(2);
    });

    it("keeps params that would change as they are, and all else of the batch", async () => {
      const saved = await session([]);
      const tracker = await create();
      const config = { ...run.config, trainer: { type: "lm", maxSteps: 9 }, extra: 1 };
      await tracker.open({ ...run, config }, saved);
      await tracker.write(
        [{ kind: "params", sequence: 1, step: 1, timeMs: 1, params: { "run.seed": 8, late: 1 } }],
        signal,
      );
      await tracker.write(createMetricsRecords(1, 1), signal);
      const { params, metrics } = await read();
      expect(Object.fromEntries(params)).to.include({
        "trainer.maxSteps": "3",
        "run.seed": "1",
        extra: "1",
        late: "1",
      });
      expect(metrics).to.have.length(3);
      expect(warnings).to.deep.equal([]);
      await tracker.close({ status: "finished", endedAtMs: 5 });
    });

    it("finds of a batch what is missing, metric by metric", async () => {
      const tracker = await create();
      await tracker.open(run);
      const [first, second] = createMetricsRecords(1, 2) as [TrackerRecord, TrackerRecord];
      const infinite: TrackerRecord = {
        kind: "metrics",
        sequence: 3,
        step: 3,
        timeMs: 3,
        metrics: { b: 1 / 0, c: 0 / 0 },
      };
      await tracker.write([first, infinite], signal);
      const more = { ...infinite, metrics: { ...infinite.metrics, d: 1 } };
      const tag: TrackerRecord = { kind: "tags", sequence: 4, step: 3, timeMs: 3, tags: { a: "b" } };
      const missing = await tracker.missing!([first, second, more, tag], signal);
      expect(missing).to.deep.equal([second, { ...infinite, metrics: { d: 1 } }, tag]);
      await tracker.close({ status: "finished", endedAtMs: 5 });
    });
  });
}

function createTracker(folder: string, options: object, warnings: string[] = []): Promise<Tracker> {
  const logger: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: (message) => warnings.push(message),
    error: (message) => warnings.push(message),
  };
  return createFromPlugin(plugin, TrackerPoint, "mlflow", {
    options,
    context: { logger, folders: { project: folder, cache: folder, run: folder } },
  });
}
