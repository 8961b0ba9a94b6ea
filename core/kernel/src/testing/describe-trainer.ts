import assert from "node:assert/strict";
import type { CallbackAnswer } from "../contracts/callback.js";
import type { CheckpointStore, LoadedCheckpoint } from "../contracts/checkpoint-store.js";
import type { Trainer, TrainingOutcome, TrainingRun } from "../contracts/trainer.js";
import { JsonCheckpointStore } from "./fakes/json-checkpoint-store.js";
import { createTemporaryFolder, removeTemporaryFolders } from "./temporary-folder.js";
import { testRunner } from "./test-runner.js";

/** What the suite asks of the trainer that a test makes. */
export interface TrainerSuiteSettings {
  /** Steps that it trains. */
  readonly maxSteps: number;
  /** Where it saves. */
  readonly checkpoint: CheckpointStore;
}

/**
 * Conformance suite of the Trainer contract. `create` makes a trainer of the asked number of steps that reports each
 * step and saves into the given store.
 */
export function describeTrainer(
  name: string,
  create: (settings: TrainerSuiteSettings) => Trainer | Promise<Trainer>,
): void {
  const { describe, it, afterEach } = testRunner();

  /** Trains, notes what is reported, and checks that no hook is called while another is awaited. */
  async function train(
    maxSteps: number,
    settings: Partial<TrainingRun> = {},
    answer?: (step: number) => CallbackAnswer,
    looks = false,
  ) {
    const checkpoint = new JsonCheckpointStore(await createTemporaryFolder());
    const trainer = await create({ maxSteps, checkpoint });
    const steps: number[] = [];
    const saves: string[] = [];
    const events: string[] = [];
    const looking = (name: string) => async (fact: { readonly step: number }) => {
      await hook(() => events.push(`${name} ${fact.step}`));
    };
    let evaluations = 0;
    let begun = 0;
    let awaited = false;
    const hook = async (note: () => void, reply: CallbackAnswer = {}): Promise<CallbackAnswer> => {
      assert.equal(begun, 1, "the run begins once, before the first hook is called");
      assert.ok(!awaited, "a hook is awaited before the next is called");
      awaited = true;
      await new Promise((resolve) => setTimeout(resolve, 1));
      awaited = false;
      note();
      return reply;
    };
    const outcome: TrainingOutcome = await trainer.train({
      runId: "suite",
      seed: 7,
      signal: new AbortController().signal,
      attachments: [],
      begin: async () => {
        begun += 1;
      },
      partStates: () => ({ other: { version: 3, state: { kept: true } } }),
      hooks: {
        stepEnd: (report) => {
          assert.equal(report.maxSteps, maxSteps);
          assert.ok(Number.isFinite(report.metrics["train/loss"]), "train/loss is reported");
          return hook(() => {
            steps.push(report.step);
            events.push(`stepEnd ${report.step}`);
          }, answer?.(report.step));
        },
        evaluationEnd: ({ step }) =>
          hook(() => {
            evaluations += 1;
            events.push(`evaluationEnd ${step}`);
          }),
        checkpointSaved: (saved) =>
          hook(() => {
            saves.push(saved.path);
            events.push(`checkpointSaved ${saved.step}`);
          }),
        sample: () => undefined,
        notice: () => undefined,
        ...(looks && {
          stepStart: looking("stepStart"),
          microStepStart: looking("microStepStart"),
          microStepEnd: (report) => {
            assert.ok(report.microStep >= 0 && report.microStep < report.gradAccumSteps);
            return looking("microStepEnd")(report);
          },
          evaluationStart: looking("evaluationStart"),
          checkpointStart: looking("checkpointStart"),
        }),
      },
      ...settings,
    });
    const loaded: LoadedCheckpoint[] = [];
    for (const path of saves) loaded.push(await checkpoint.load(path));
    return { outcome, steps, evaluations, loaded, events };
  }

  describe(`${name} keeps the Trainer contract`, () => {
    afterEach(removeTemporaryFolders);

    it("reports completed steps from 1 on, and says how it ended", async () => {
      const { outcome, steps } = await train(3);
      assert.deepEqual(steps, [1, 2, 3]);
      assert.deepEqual([outcome.status, outcome.reason, outcome.step], ["finished", "maxSteps", 3]);
      assert.ok(Number.isFinite(outcome.metrics["train/loss"]));
    });

    it("saves the last step, with the states of the other parts and its own", async () => {
      const { loaded } = await train(3);
      const last = loaded.at(-1);
      assert.equal(last?.step, 3);
      assert.ok(Object.keys(last.model).length > 0);
      assert.deepEqual(last.parts.other, { version: 3, state: { kept: true } });
      assert.ok(last.parts.trainer, "its own state is kept under `trainer`");
    });

    it("goes on from a checkpoint", async () => {
      const { loaded } = await train(2);
      const { steps, outcome } = await train(4, { resumeFrom: loaded.at(-1)! });
      assert.deepEqual(steps, [3, 4]);
      assert.equal(outcome.step, 4);
    });

    it("stops after the step when a callback asks to, with the callback's reason", async () => {
      const { outcome, steps } = await train(50, {}, (step) => (step === 2 ? { stop: "enough" } : {}));
      assert.deepEqual(steps, [1, 2]);
      assert.deepEqual([outcome.status, outcome.reason, outcome.step], ["finished", "enough", 2]);
    });

    it("tells those who look on what begins and what has ended, in order", async () => {
      const { events, outcome } = await train(3, {}, () => ({ save: true }), true);
      for (const step of [1, 2, 3]) {
        const ofStep = events.filter((event) => event.endsWith(` ${step}`) && /^(step|micro)/.test(event));
        const between = ofStep.slice(1, -1);
        assert.deepEqual([ofStep[0], ofStep.at(-1)], [`stepStart ${step}`, `stepEnd ${step}`]);
        const pairs = Array.from({ length: between.length }, (_, index) =>
          index % 2 === 0 ? `microStepStart ${step}` : `microStepEnd ${step}`,
        );
        assert.ok(between.length >= 2, "a step has a microStep at least");
        assert.deepEqual(between, pairs);
        assert.ok(before(events, `checkpointStart ${step}`, `checkpointSaved ${step}`), "a save begins and ends");
      }
      for (const event of events.filter((each) => each.startsWith("evaluationEnd"))) {
        assert.ok(before(events, event.replace("End", "Start"), event), "an evaluation begins and ends");
      }
      const { outcome: unseen } = await train(3, {}, () => ({ save: true }));
      assert.equal(unseen.metrics["train/loss"], outcome.metrics["train/loss"], "looking on changes a number");
    });

    it("saves when a callback asks to", async () => {
      const { loaded } = await train(3, {}, (step) => ({ save: step === 2 }));
      assert.ok(loaded.some(({ step }) => step === 2));
    });

    it("finishes the step, saves and returns `interrupted` when the signal is aborted", async () => {
      const controller = new AbortController();
      const { outcome, loaded } = await train(50, { signal: controller.signal }, (step) => {
        if (step === 2) controller.abort();
        return {};
      });
      assert.equal(outcome.status, "interrupted");
      assert.equal(outcome.step, 2);
      assert.equal(loaded.at(-1)?.step, 2);
    });

    it("takes a probe's steps until the signal is aborted, each reported, and evaluates nothing", async () => {
      const controller = new AbortController();
      const probe = { signal: controller.signal, isProbe: true };
      const { steps, evaluations } = await train(50, probe, (step) => {
        if (step === 3) controller.abort();
        return {};
      });
      assert.deepEqual([steps, evaluations], [[1, 2, 3], 0]);
    });

    it("trains the same from the same seed", async () => {
      const [one, two] = [await train(3), await train(3)];
      assert.equal(one.outcome.metrics["train/loss"], two.outcome.metrics["train/loss"]);
      assert.deepEqual(one.loaded.at(-1)?.model, two.loaded.at(-1)?.model);
    });
  });
}

/** Whether both events came, once each, in this order. */
function before(events: readonly string[], first: string, second: string): boolean {
  const [one, two] = [first, second].map((event) => events.indexOf(event));
  const once = [first, second].every((event) => events.indexOf(event) === events.lastIndexOf(event));
  return once && one! >= 0 && one! < two!;
}
