import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import {
  type Callback,
  CallbackPoint,
  type MicroStepReport,
  type RunHooks,
  type RunRecorder,
  type Trainer,
} from "codex-core";
import { MemoryTracker, rejection, removeTemporaryFolders } from "codex-core/testing";
import { createFakeKernel, createFakeProject, readJson } from "./fake-run.js";

describe("callbacks of a training", () => {
  let project: string;
  let folder: string;

  beforeEach(async () => {
    ({ project, folder } = await createFakeProject());
  });

  afterEach(removeTemporaryFolders);

  const train = async (callbacks: { [name: string]: Callback }, config = {}) => {
    const trainer = { type: "fake", maxSteps: 6, saveEvery: 100 };
    return (await createFakeKernel(project, { trainer, ...config }, { parts: { callback: callbacks } })).train();
  };

  it("may tell of the run what trackers get", async () => {
    let recorder: RunRecorder | undefined;
    const drawing: Callback = {
      runStart: (run) => {
        recorder = run.recorder;
      },
      stepEnd: ({ step }) => {
        recorder!.record({
          kind: "histogram",
          step,
          key: "weights",
          edges: [0, 1, Number.POSITIVE_INFINITY],
          counts: [step, 2],
        });
      },
    };
    const tracker = new MemoryTracker();
    const parts = { callback: { drawing }, tracker: { mine: tracker } };
    await (await createFakeKernel(project, { trainer: { type: "fake", maxSteps: 2 } }, { parts })).train();
    const drawn = tracker.records.filter(({ kind }) => kind === "histogram");
    expect(drawn.map(({ step }) => step)).to.deep.equal([1, 2]);
    expect(drawn[1]).to.deep.include({ key: "weights", edges: [0, 1, Number.POSITIVE_INFINITY], counts: [2, 2] });
  });

  it("are refused what is no record, and nothing of it is written", async () => {
    const wrong: Callback = {
      runStart: ({ recorder }) => recorder.record({ kind: "metrics", step: 1, metrics: { "my/loss": "abc" as never } }),
    };
    const error = await rejection(() => train({ wrong }), "CODEX_RUN_RECORD_INVALID");
    expect(error.what).to.include("my/loss");
    expect(await readFile(join(folder, "metrics.ndjson"), "utf8")).not.to.include("my/loss");
  });

  it("are awaited in the order of the config, and may stop and save", async () => {
    const calls: string[] = [];
    const first: Callback = {
      async stepEnd({ step }) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        calls.push(`first ${step}`);
        return { save: step === 2 };
      },
    };
    const second: Callback = {
      stepEnd: ({ step }) => {
        calls.push(`second ${step}`);
        return step === 3 ? { stop: "enough" } : undefined;
      },
      checkpointSaved: ({ step }) => void calls.push(`saved ${step}`),
    };
    const { outcome } = await train({ first, second });
    expect(calls.slice(0, 5)).to.deep.equal(["first 1", "second 1", "first 2", "second 2", "saved 2"]);
    expect(outcome).to.deep.include({ reason: "enough", step: 3 });
  });

  it("are told what begins and what has ended, each hook where some callback has it", async () => {
    const calls: string[] = [];
    const note = (name: string) => (fact: { readonly step: number }) => void calls.push(`${name} ${fact.step}`);
    class Looking implements Callback {
      readonly name = "itself";
      stepStart = note("stepStart");
      evaluationStart = note("evaluationStart");
      microStepEnd(report: MicroStepReport) {
        calls.push(`${this.name} ${report.microStep} of ${report.gradAccumSteps}: ${report.loss}`);
      }
    }
    let hooks: RunHooks | undefined;
    const trainer: Trainer = {
      async train(run) {
        await run.begin();
        ({ hooks } = run);
        await hooks.stepStart?.({ step: 1, maxSteps: 1 });
        await hooks.microStepEnd?.({ step: 1, microStep: 0, gradAccumSteps: 2, loss: 3, weightSum: 8 });
        await hooks.evaluationStart?.({ step: 1 });
        await hooks.stepEnd({ step: 1, maxSteps: 1, epoch: 1, metrics: {} });
        return { status: "finished", reason: "maxSteps", step: 1, metrics: {} };
      },
    };
    const ended: Callback = { stepEnd: note("stepEnd"), checkpointStart: note("checkpointStart") };
    const parts = { trainer, callback: { looking: new Looking(), ended } };
    await (await createFakeKernel(project, {}, { parts })).train();
    expect(calls).to.deep.equal(["stepStart 1", "itself 0 of 2: 3", "evaluationStart 1", "stepEnd 1"]);
    expect(hooks).to.have.property("checkpointStart");
    expect(hooks).to.not.have.property("microStepStart");
  });

  it("that throw in a hook that looks on stop the run too", async () => {
    const broken: Callback = {
      microStepStart: () => {
        throw new Error("boom");
      },
    };
    const error = await rejection(() => train({ broken }), "CODEX_PART_FAILED");
    expect(error.message).to.include("Callback broken failed in microStepStart: boom");
  });

  it("that throw stop the run, unless they are optional", async () => {
    const broken: Callback = {
      stepEnd: () => {
        throw new Error("boom");
      },
    };
    const error = await rejection(() => train({ broken }), "CODEX_PART_FAILED");
    expect(error.message).to.include("Callback broken failed in stepEnd: boom");
    expect(await readJson(folder, "run.json")).to.have.nested.property("error.code", "CODEX_PART_FAILED");
    const other = { run: { outputDir: "other" }, callback: { broken: { optional: true } } };
    expect((await train({ broken }, other)).outcome.step).to.equal(6);
  });

  it("find a point declared for them", () => {
    expect(CallbackPoint).to.deep.include({ cardinality: "many", failurePolicy: "closed" });
  });
});
