import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import {
  BatchSourcePoint,
  CheckpointPoint,
  ComputePoint,
  CorpusPoint,
  definePlugin,
  type JsonObject,
  ModelPoint,
  OptimizerPoint,
  SchedulePoint,
  TokenizerPoint,
  TrainerPoint,
} from "codex-core";
import {
  createTemporaryFolder,
  FakeModelLoader,
  JsonCheckpointStore,
  rejection,
  removeTemporaryFolders,
} from "codex-core/testing";
import { z } from "zod";
import { partErrors } from "#src/errors/part-errors.js";
import { createFakeKernel } from "./fake-run.js";

const told = z.strictObject({ facts: z.unknown() });
/** Whether the last question to the slow provider was given up. */
let stopped = false;
const neverMade = (): never => {
  throw new TypeError("A plan makes no such part.");
};

/** Parts that tell what their options say, and that cannot be made. */
const tellingPlugin = definePlugin({
  name: "codex-plugin-telling",
  register(registrar) {
    const provider = { options: told, plan: ({ facts }: z.infer<typeof told>) => facts as object, create: neverMade };
    registrar.provide(CorpusPoint, "telling", { options: told, create: neverMade });
    registrar.provide(CorpusPoint, "slow", { options: told, create: neverMade });
    registrar.provide(ModelPoint, "telling", provider);
    registrar.provide(BatchSourcePoint, "telling", provider);
    registrar.provide(BatchSourcePoint, "slow", {
      ...provider,
      plan: async ({ facts }, { signal }) => {
        const { waits } = facts as { waits?: boolean };
        signal.addEventListener("abort", () => {
          stopped = true;
        });
        await sleep(waits ? 5000 : 100, undefined, { signal });
        return {};
      },
    });
    registrar.provide(SchedulePoint, "telling", provider);
    registrar.provide(ComputePoint, "telling", provider);
    registrar.provide(CheckpointPoint, "telling", provider);
    registrar.provide(TrainerPoint, "telling", {
      ...provider,
      dependencies: {
        data: BatchSourcePoint,
        schedule: SchedulePoint,
        compute: ComputePoint,
        checkpoint: CheckpointPoint,
        tokenizer: TokenizerPoint,
        model: ModelPoint,
        optimizer: OptimizerPoint,
      },
    });
    registrar.provide(TrainerPoint, "failing", { ...provider, plan: () => Promise.reject(new TypeError("no idea")) });
    registrar.provide(TrainerPoint, "hanging", { ...provider, plan: () => new Promise<never>(() => undefined) });
  },
});

const known = {
  data: { trainTokens: 5, validationTokens: 5 },
  schedule: { warmupSteps: 2 },
  trainer: { microBatch: 2, gradAccumSteps: 3, maxSteps: 10 },
  compute: { device: "cpu", dtype: "float32", dtypes: ["float32"], processBytes: 1000, activationPeak: 2 },
  checkpoint: { every: 5, mostOnDisk: 3 },
};

describe("kernel.plan", () => {
  let project: string;

  beforeEach(async () => {
    project = await createTemporaryFolder();
  });

  afterEach(removeTemporaryFolders);

  /** A kernel whose parts tell these facts. */
  const tellingKernel = (facts: JsonObject = {}, parts: object = {}, more: JsonObject = {}) => {
    const sections = Object.entries({ ...known, ...facts }).map(([section, value]) => [
      section,
      { type: "telling", facts: value },
    ]);
    return createFakeKernel(
      project,
      { ...Object.fromEntries(sections), ...more },
      {
        plugins: [tellingPlugin],
        parts: { ...parts },
      },
    );
  };

  it("asks the providers and makes neither device, data nor trainer", async () => {
    const kernel = await tellingKernel();
    const plan = await kernel.plan();
    expect(plan).to.deep.include({ fits: true, problems: [], unknown: [], vocabSize: 257, contextLength: 4 });
    expect(plan).to.include({ tokensPerStep: 24, maxSteps: 10, diskBytes: 3 * plan.checkpointBytes! });
    expect(plan.warnings[0]).to.include("A step takes 24 tokens");
    expect(await readdir(project)).to.deep.equal([]);
  });

  it("warns of metrics that training does not measure", async () => {
    const { warnings } = await (await tellingKernel({}, {}, { metric: { ece: { type: "fake" } } })).plan();
    expect(warnings).to.include("metric.ece: measured by codex evaluate alone, not while training.");
  });

  it("refuses a run whose checkpoint has no room on the disk, and makes no folder", async () => {
    class HugeLoader extends FakeModelLoader {
      override plan(spec: Parameters<FakeModelLoader["plan"]>[0]) {
        return { ...super.plan(spec), parameterBytes: 2 ** 60 };
      }
    }
    const compute = { ...known.compute, memoryLimitBytes: 2 ** 70 };
    const kernel = await tellingKernel({ compute }, { model: new HugeLoader() });
    const { problems, disk } = await kernel.plan();
    expect(problems.map(({ code }) => code)).to.deep.equal(["CODEX_PLAN_DISK"]);
    expect(disk.folder).to.equal(join(project, "my run"));
    expect(disk.freeBytes).to.be.above(0);
    await rejection(() => kernel.train(), "CODEX_PLAN_DISK");
    expect(await readdir(project)).to.deep.equal([]);
  });

  it("says what is unknown of parts whose providers tell nothing", async () => {
    const plan = await (await createFakeKernel(project)).plan();
    expect(plan).to.deep.include({ fits: true, problems: [] });
    expect(plan.unknown).to.include("the number of steps").and.include("the size of the process");
  });

  class TooSmallLoader extends FakeModelLoader {
    override plan(spec: Parameters<FakeModelLoader["plan"]>[0]) {
      return { ...super.plan(spec), vocabSize: 256 };
    }
  }

  const several = {
    data: { trainTokens: 4 },
    compute: { ...known.compute, dtypes: ["int32"], memoryLimitBytes: 10 },
  };

  it("tells all problems together", async () => {
    const kernel = await tellingKernel(several, { model: new TooSmallLoader() });
    const plan = await kernel.plan({ probe: true });
    const codes = ["CODEX_PLAN_DTYPE", "CODEX_PLAN_VOCABULARY", "CODEX_PLAN_CONTEXT", "CODEX_PLAN_MEMORY"];
    expect(plan.problems.map(({ code }) => code)).to.deep.equal(codes);
    expect(plan).to.include({ fits: false });
    expect(plan).to.not.have.property("probe");

    const error = await rejection(() => kernel.train(), "CODEX_PLAN_REFUSED");
    expect(error.exitCode).to.equal(2);
    for (const code of codes) expect(error.what).to.include(`[${code}]`);
    expect(error.what).to.include("config → compute.dtype: ").and.include("Fix: Set compute.dtype=int32.");
  });

  for (const [code, facts] of [
    ["CODEX_PLAN_CONTEXT", { data: { trainTokens: 4 } }],
    ["CODEX_PLAN_DTYPE", { compute: { ...known.compute, dtypes: ["int32"] } }],
    ["CODEX_PLAN_MEMORY", { compute: { ...known.compute, memoryLimitBytes: 10 } }],
    ["CODEX_PLAN_FACTS", { trainer: { microBatch: -1 } }],
    ["CODEX_PLAN_REFUSED", several],
  ] as const) {
    it(`refuses a training with ${code} and leaves no run's folder`, async () => {
      await rejection(async () => (await tellingKernel(facts as JsonObject)).train(), code);
      expect(await readdir(project))
        .to.not.include("my run")
        .and.not.include("runs");
    });
  }

  for (const [type, facts, phrase] of [
    ["telling", 5, "it gave 5, no map of facts"],
    ["telling", { microBatch: -2 }, "microBatch is -2"],
    ["failing", {}, "no idea"],
    ["hanging", {}, "it took longer than 50 ms"],
  ] as const) {
    it(`names the plugin whose answer is of no use: ${phrase}`, async () => {
      const settings = { plugins: [tellingPlugin], limits: { createMs: 50 } };
      const kernel = await createFakeKernel(project, { trainer: { type, facts } }, settings);
      const [error] = (await kernel.plan()).problems;
      expect(error).to.have.property("code", "CODEX_PLAN_FACTS");
      expect(error!.what).to.include("codex-plugin-telling does not tell what trainer needs").and.include(phrase);
    });
  }

  it("waits longer for the answer of data, which may have to be read", async () => {
    const data = { type: "slow", facts: {} };
    const settings = { plugins: [tellingPlugin], limits: { createMs: 50 } };
    expect((await (await createFakeKernel(project, { data }, settings)).plan()).problems).to.deep.equal([]);
  });

  it("stops asking when nobody waits any more", async () => {
    const data = { type: "slow", facts: { waits: true } };
    const kernel = await createFakeKernel(project, { data }, { plugins: [tellingPlugin] });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    const error = await kernel.plan({ signal: stop.signal }).catch((reason: unknown) => reason);
    expect(error).to.have.property("name", "AbortError");
    expect(stopped).to.equal(true);
  });

  it("throws what keeps the model from being made, with all else that is wrong", async () => {
    const compute = { ...known.compute, dtypes: ["int32"] };
    const kernel = await tellingKernel({ compute, model: {} });
    const error = await rejection(() => kernel.plan(), "CODEX_PLAN_REFUSED");
    expect(error.what).to.include("[CODEX_PART_CREATE").and.include("CODEX_PLAN_DTYPE");
  });

  it("throws what keeps the model from being planned, with all else that is wrong", async () => {
    class RefusingLoader extends FakeModelLoader {
      override plan(): never {
        throw partErrors.CODEX_PART_FAILED({ what: "390 is not split across 4 heads." });
      }
    }
    const model = new RefusingLoader();
    await rejection(async () => (await tellingKernel({}, { model })).plan(), "CODEX_PART_FAILED");
    const compute = { ...known.compute, dtypes: ["int32"] };
    const error = await rejection(
      async () => (await tellingKernel({ compute }, { model })).plan(),
      "CODEX_PLAN_REFUSED",
    );
    expect(error.what).to.include("390 is not split").and.include("CODEX_PLAN_DTYPE");
  });

  describe("with a probe", () => {
    const trainer = { type: "fake", maxSteps: 100, stepMs: 2, saveEvery: 1 };

    it("times a few steps of the run, keeps nothing and makes no folder", async () => {
      const saved: unknown[] = [];
      class WatchedStore extends JsonCheckpointStore {
        override save(checkpoint: Parameters<JsonCheckpointStore["save"]>[0]) {
          saved.push(checkpoint);
          return super.save(checkpoint);
        }
      }
      const kernel = await createFakeKernel(project, { trainer }, { parts: { checkpoint: WatchedStore } });
      const { probe } = await kernel.plan({ probe: true });
      expect(probe).to.include({ steps: 10, maxSteps: 100 });
      const { median, least, most } = probe!.stepMs;
      expect(least).to.be.at.least(1).and.at.most(median);
      expect(most).to.be.at.least(median);
      expect(probe!.durationMs.median).to.equal(100 * median);
      expect(probe!.peakMemoryBytes).to.be.above(10e6);
      expect(saved).to.deep.equal([]);
      expect(await readdir(project)).to.deep.equal([]);
    });

    it("refuses a run that is too short to be measured", async () => {
      const kernel = await createFakeKernel(project, { trainer: { ...trainer, maxSteps: 3 } });
      const error = await rejection(() => kernel.plan({ probe: true }), "CODEX_PLAN_PROBE");
      expect(error.what).to.include("after 3 steps");
    });

    it("stops with its signal", async () => {
      const stop = new AbortController();
      const kernel = await createFakeKernel(project, { trainer: { ...trainer, stepMs: 50 } });
      setTimeout(() => stop.abort(), 60);
      const error = await kernel.plan({ probe: true, signal: stop.signal }).catch((reason: unknown) => reason);
      expect(error).to.equal(stop.signal.reason);
    });

    it("fails as the training would", async () => {
      const kernel = await createFakeKernel(project, {}, { parts: { trainer: { train: neverMade } } });
      await rejection(() => kernel.plan({ probe: true }), "CODEX_RUN_FAILED");
    });
  });
});
