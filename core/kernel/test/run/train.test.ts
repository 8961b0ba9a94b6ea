import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import {
  ComputePoint,
  definePlugin,
  isCodexError,
  ModelPoint,
  type PluginDefinition,
  TrackerPoint,
  type Trainer,
  type TrainingRun,
} from "codex-core";
import { createKernel, type RunObserver, type SkippedPart } from "codex-core/kernel";
import {
  createFakeConfig,
  FakeModelLoader,
  fakePlugin,
  MemoryCompute,
  MemoryCorpus,
  MemoryTracker,
  rejection,
  removeTemporaryFolders,
} from "codex-core/testing";
import { z } from "zod";
import { createFakeKernel, createFakeProject, readJson, readRows } from "./fake-run.js";

describe("kernel.train", () => {
  let project: string;
  let folder: string;

  beforeEach(async () => {
    ({ project, folder } = await createFakeProject());
  });

  afterEach(removeTemporaryFolders);

  it("leaves a run's folder from which everything about the run can be read", async () => {
    const trainer = { type: "fake", maxSteps: 6, saveEvery: 3, evalEvery: 4 };
    const kernel = await createFakeKernel(project, { trainer, tracker: { fake: {} } });
    const result = await kernel.train();
    expect(result).to.deep.include({ folder });
    expect(result.outcome).to.deep.include({ status: "finished", reason: "maxSteps", step: 6 });
    expect(result.runId).to.match(/^\d{8}-\d{6}-fake-[0-9a-f]{4}$/);

    const run = await readJson(folder, "run.json");
    expect(run).to.deep.include({ runId: result.runId, status: "finished", pid: process.pid });
    expect(run).to.include.all.keys("host", "command", "startedAt", "endedAt");
    const environment = await readJson(folder, "environment.json");
    expect(environment).to.include.all.keys("platform", "cpu", "memoryBytes", "node", "packages", "runId");
    expect(environment).to.have.nested.property("device.name", "memory");
    expect(environment.packages).to.include.all.keys("codex-core", "codex-plugin-fake");
    expect(await readFile(join(folder, "config.yaml"), "utf8")).to.include("maxSteps: 6");

    const rows = await readRows(folder, "metrics.ndjson");
    expect(rows.map((row) => row.step)).to.deep.equal([1, 2, 3, 4, 4, 5, 6]);
    expect(rows[0]).to.deep.include({ seq: 4, step: 1, "train/loss": 4 });
    expect(rows[4]).to.have.property("eval/loss", 5 / 4);
    const events = await readRows(folder, "events.ndjson");
    const names = events.filter(({ event }) => event !== "artifact").map(({ event }) => event);
    expect(names).to.deep.equal(["runStart", "checkpoint", "sample", "checkpoint", "runEnd"]);
    expect(new Set([...rows, ...events].map((row) => row.seq).filter((seq) => seq !== undefined)).size).to.equal(14);
    expect((await readRows(folder, "log.ndjson"))[0]).to.include.all.keys("time", "level", "message");
    expect(await readdir(folder)).to.not.include(".lock");
  });

  it("puts config and tokenizer into each checkpoint, so that it stands alone", async () => {
    await (await createFakeKernel(project, {})).train();
    const checkpoint = join(folder, "checkpoints/step-00000005");
    expect(await readFile(join(checkpoint, "config.yaml"), "utf8")).to.include("type: fake");
    expect(await readdir(join(checkpoint, "tokenizer"))).to.deep.equal(["tokenizer.json"]);
  });

  it("gives a run that names no output folder one of its own below runs/", async () => {
    const kernel = await createKernel({ projectFolder: project, plugins: [fakePlugin], config: createFakeConfig() });
    const { runId, folder: own } = await kernel.train();
    expect(own).to.equal(join(project, "runs", runId));
    const other = await kernel.train();
    expect(other.folder).to.not.equal(own);
  });

  it("tells the observer, and survives an observer that throws", async () => {
    const calls: string[] = [];
    const names = ["runStart", "stepEnd", "evaluationEnd", "checkpointSaved", "sample", "runEnd", "runFailed"] as const;
    const observer: RunObserver = Object.fromEntries(
      names.map((name) => [
        name,
        () => {
          calls.push(name);
          throw new Error("the terminal is gone");
        },
      ]),
    );
    const trainer = { type: "fake", maxSteps: 2, evalEvery: 2 };
    await (await createFakeKernel(project, { trainer })).train({ observer });
    expect(calls).to.deep.equal([
      "runStart",
      "stepEnd",
      "stepEnd",
      "evaluationEnd",
      "sample",
      "checkpointSaved",
      "runEnd",
    ]);
    const warnings = (await readRows(folder, "log.ndjson")).filter((row) => row.level === "warn");
    expect(warnings[0]).to.deep.include({ observer: "runStart", reason: "the terminal is gone" });
  });

  it("writes numbers that are not finite as words", async () => {
    const trainer: Trainer = {
      async train({ hooks, begin }: TrainingRun) {
        await begin();
        const metrics = { "train/loss": Number.NaN, "train/gradNorm": Number.POSITIVE_INFINITY };
        await hooks.stepEnd({ step: 1, maxSteps: 1, epoch: 0, metrics });
        return { status: "finished", reason: "maxSteps", step: 1, metrics };
      },
    };
    await (await createFakeKernel(project, {}, { parts: { trainer } })).train();
    const [row] = await readRows(folder, "metrics.ndjson");
    expect(row).to.deep.include({ "train/loss": "NaN", "train/gradNorm": "Infinity" });
  });

  it("plans the model with the tokenizer's vocabulary before anything is made on a device", async () => {
    const order: string[] = [];
    class WatchedLoader extends FakeModelLoader {
      override plan(spec: Parameters<FakeModelLoader["plan"]>[0]) {
        order.push(`plan for ${spec.vocabSize}`);
        return super.plan(spec);
      }
    }
    class WatchedCompute extends MemoryCompute {
      constructor() {
        super();
        order.push("compute");
      }
    }
    const parts = { [ModelPoint.key]: new WatchedLoader(), [ComputePoint.key]: WatchedCompute };
    let planned: unknown;
    const observer: RunObserver = { runStart: ({ plan }) => (planned = plan) };
    await (await createFakeKernel(project, {}, { parts })).train({ observer });
    expect(order).to.deep.equal(["plan for 257", "compute"]);
    expect(planned).to.have.property("parameterCount", 257);
  });

  it("takes a corpus of the caller's own under the data section's batch source", async () => {
    const corpus = new MemoryCorpus(["a text of one's own, ".repeat(30)]);
    let epoch = 0;
    const observer: RunObserver = { stepEnd: (report) => (epoch = report.epoch) };
    const trainer = { type: "fake", maxSteps: 1 };
    await (await createFakeKernel(project, { trainer }, { parts: { corpus } })).train({ observer });
    const batches = Math.floor((Math.floor(21 * 30 * 0.9) - 1) / 4);
    expect(epoch).to.equal(1 / batches);
  });

  describe("trackers", () => {
    it("get every record, numbered, and the end of the run", async () => {
      const tracker = new MemoryTracker();
      const trainer = { type: "fake", maxSteps: 4, evalEvery: 4 };
      const run = { tags: { team: "blue", runId: "mine" }, parent: "a-sweep" };
      await (await createFakeKernel(project, { run, trainer }, { parts: { tracker: { mine: tracker } } })).train();
      expect(tracker.records.map(({ sequence }) => sequence)).to.deep.equal(
        tracker.records.map((_, index) => index + 1),
      );
      const told = tracker.records.map((record) => (record.kind === "artifact" ? record.name : record.kind));
      expect(told).to.deep.equal([
        "config.yaml",
        "environment.json",
        "lock.json",
        ...Array(5).fill("metrics"),
        "sample",
        "step-00000004",
        "report.html",
      ]);
      expect(tracker.run).to.deep.include({ name: "fake", folder, segment: 1, parent: "a-sweep" });
      expect(tracker.run!.tags).to.include({ runId: tracker.run!.runId, team: "blue", node: process.version });
      expect(tracker.run!.tags).to.have.property("command");
      expect(tracker.run!.config).to.have.nested.property("tracker.mine.type", "own");
      expect(tracker.outcome).to.have.property("status", "finished");
    });

    it("that cannot be found, made, opened or written to are reported and skipped", async () => {
      const plugin: PluginDefinition = definePlugin({
        name: "codex-plugin-bomb",
        register: (registrar) =>
          registrar.provide(TrackerPoint, "bomb", {
            options: z.strictObject({}),
            create: () => Promise.reject(new Error("boom")),
          }),
      });
      const tracker = {
        gone: { optional: true },
        bomb: {},
        closed: { type: "fake", failOpen: true },
        fake: { failures: 1e9 },
        fine: { type: "fake" },
      };
      const skipped: SkippedPart[] = [];
      const kernel = await createFakeKernel(project, { tracker }, { plugins: [plugin] });
      const { outcome } = await kernel.train({ observer: { partSkipped: (part) => skipped.push(part) } });
      expect(outcome.status).to.equal("finished");
      expect(skipped.map(({ part, phase }) => `${part} ${phase}`).sort()).to.deep.equal([
        "tracker.bomb create",
        "tracker.closed run",
        "tracker.fake run",
        "tracker.gone activate",
      ]);
      const reported = (await readRows(folder, "events.ndjson")).filter(({ event }) => event === "partSkipped");
      expect(reported).to.have.length(4);
      expect(await readJson(folder, "trackers/fine.json")).to.have.property("closed", true);
      expect(await readJson(folder, "trackers/fake.json")).to.deep.include({ closed: false, settled: [] });
    });
  });

  describe("stopping", () => {
    it("finishes the step, saves and says `interrupted` when the signal is aborted", async () => {
      const controller = new AbortController();
      const tracker = new MemoryTracker();
      const trainer = { type: "fake", maxSteps: 1000, saveEvery: 1000, stepMs: 2 };
      const kernel = await createFakeKernel(project, { trainer }, { parts: { tracker: { mine: tracker } } });
      const observer: RunObserver = { stepEnd: ({ step }) => step === 3 && controller.abort() };
      const { outcome } = await kernel.train({ signal: controller.signal, observer });
      expect(outcome).to.deep.include({ status: "interrupted", step: 3 });
      expect(await readdir(join(folder, "checkpoints"))).to.deep.equal(["step-00000003"]);
      expect(await readJson(folder, "run.json")).to.have.property("status", "interrupted");
      expect(tracker.outcome).to.have.property("status", "interrupted");
    });

    it("before training began has nothing to save", async () => {
      const kernel = await createFakeKernel(project);
      const error = await rejection(() => kernel.train({ signal: AbortSignal.abort() }), "CODEX_RUN_INTERRUPTED");
      expect(error.exitCode).to.equal(130);
    });

    it("is what dispose does, and a disposed kernel does nothing more", async () => {
      const trainer = { type: "fake", maxSteps: 1000, saveEvery: 1000, stepMs: 2 };
      const kernel = await createFakeKernel(project, { trainer });
      let step = () => {};
      const stepped = new Promise<void>((resolve) => {
        step = resolve;
      });
      const training = kernel.train({ observer: { stepEnd: step } });
      await stepped;
      await kernel.dispose();
      expect((await training).outcome.status).to.equal("interrupted");
      await rejection(() => kernel.train(), "CODEX_KERNEL_DISPOSED");
    });
  });

  describe("failing", () => {
    const failing = (error: unknown): Trainer => ({
      train: async ({ begin }) => {
        await begin();
        throw error;
      },
    });

    it("before it began leaves no trace in the folder", async () => {
      await writeFile(join(project, "package.json"), "{}");
      const refusing: Trainer = { train: () => Promise.reject(new Error("there is no text")) };
      const kernel = await createFakeKernel(project, {}, { parts: { trainer: refusing } });
      await rejection(() => kernel.train(), "CODEX_RUN_FAILED");
      expect(await readdir(project)).to.not.include("my run");
      const [captured] = await readRows(join(project, ".codex", "errors"), "errors.ndjson");
      expect(captured).to.include({ code: "CODEX_RUN_FAILED", step: "7:begin the run" });
    });

    it("closes everything, says so in run.json, and lets the folder go", async () => {
      const tracker = new MemoryTracker();
      const compute = Object.assign(new MemoryCompute(), {});
      class OwnedCompute {
        dispose = () => compute.dispose();
        device = compute.device;
      }
      const trainer = class {
        static dependencies = { compute: ComputePoint };
        train = failing(new Error("the loss is cursed")).train;
      };
      const failures: unknown[] = [];
      const kernel = await createFakeKernel(
        project,
        {},
        { parts: { trainer, compute: OwnedCompute, tracker: { mine: tracker } } },
      );
      const observer: RunObserver = { runFailed: (error) => failures.push(error) };
      const error = await rejection(() => kernel.train({ observer }), "CODEX_RUN_FAILED");
      expect(error.message).to.include("the loss is cursed");
      expect(error.exitCode).to.equal(1);
      expect(failures).to.deep.equal([error]);
      expect(compute.disposed).to.equal(true);
      expect(tracker.outcome).to.deep.include({ status: "failed", error: error.message });
      const run = await readJson(folder, "run.json");
      expect(run).to.deep.include({ status: "failed" });
      expect(run).to.have.nested.property("error.code", "CODEX_RUN_FAILED");
      expect(await readdir(folder)).to.not.include(".lock");
      const question = await readFile(join(folder, "errors.md"), "utf8");
      expect(question).to.include("While performing [8:train]").and.include("the loss is cursed");
      expect(question).to.include(`- Run: ${run.runId}`);
      const [line] = (await readRows(folder, "log.ndjson")).filter((row) => row.level === "error");
      expect(line!.stack).to.include("train.test.ts");
    });

    it("passes coded errors on as they are", async () => {
      const coded = await rejection(() => createFakeKernel(project, {}, { parts: { trainr: {} } }));
      expect(coded.message).to.include('Did you mean "trainer"?');
      const kernel = await createFakeKernel(project, {}, { parts: { trainer: failing(coded) } });
      expect(await kernel.train().catch((error: unknown) => error)).to.equal(coded);
    });

    it("reports all parts that fail to close, after the run's results are complete", async () => {
      class StuckCompute extends MemoryCompute {
        override dispose(): Promise<void> {
          return Promise.reject(new Error("the device is lost"));
        }
      }
      const kernel = await createFakeKernel(project, {}, { parts: { compute: StuckCompute } });
      const error = await rejection(() => kernel.train(), "CODEX_PART_DISPOSAL");
      const [captured] = await readRows(folder, "errors.ndjson");
      expect(captured).to.include({ code: "CODEX_PART_DISPOSAL", step: "9:close the run" });
      expect(error.message).to.include("compute: the device is lost");
      expect(error.cause).to.be.instanceOf(AggregateError);
      expect(await readJson(folder, "run.json")).to.have.property("status", "finished");
      expect(await readdir(join(folder, "checkpoints"))).to.have.length(1);
    });

    it("in a required plugin happens before a folder is made", async () => {
      const kernel = await createFakeKernel(
        project,
        {},
        {
          plugins: [
            definePlugin({
              name: "codex-plugin-late",
              register: (registrar) =>
                registrar.provide(ModelPoint, "late", {
                  options: z.strictObject({
                    size: z
                      .int()
                      .default(3)
                      .refine(() => false, "no size will do"),
                  }),
                  create: () => new FakeModelLoader(),
                }),
            }),
          ],
          overrides: ["model.type=late"],
        },
      );
      const error = await rejection(() => kernel.train(), "CODEX_PART_OPTIONS");
      expect(error.message).to.include("model.size: no size will do");
      expect(await readdir(project)).to.not.include("my run");
      expect(isCodexError(error)).to.equal(true);
    });
  });
});
