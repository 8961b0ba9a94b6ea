import assert from "node:assert/strict";
import type { Callback, CallbackAnswer } from "../contracts/callback.js";
import { checkRecord } from "../run/check-record.js";
import { deepFreeze } from "./assertions.js";
import { createTemporaryFolder, removeTemporaryFolders } from "./temporary-folder.js";
import { testRunner } from "./test-runner.js";

const hooks = [
  "runStart",
  "stepStart",
  "microStepStart",
  "microStepEnd",
  "stepEnd",
  "evaluationStart",
  "evaluationEnd",
  "checkpointStart",
  "checkpointSaved",
] as const satisfies readonly (keyof Callback)[];

/** Conformance suite of the Callback contract. What the callback records is looked at as a run does. */
export function describeCallback(name: string, create: () => Callback | Promise<Callback>): void {
  const { describe, it, afterEach } = testRunner();

  /** A callback that was told of a run, in a folder of its own. */
  async function started(): Promise<Callback> {
    const callback = await create();
    const folder = await createTemporaryFolder();
    await callback.runStart?.({ runId: "suite", folder, recorder: { record: checkRecord } });
    return callback;
  }

  describe(`${name} keeps the Callback contract`, () => {
    afterEach(removeTemporaryFolders);

    it("has a hook at least, and answers with nothing, or with `stop` and `save`", async () => {
      const callback = await started();
      const found = hooks.filter((hook) => typeof callback[hook] === "function");
      assert.ok(found.length > 0, "a callback without a hook is never called");
      for (let step = 1; step <= 3; step++) {
        const metrics = { "train/loss": 4 / step, "eval/loss": 4 / step };
        await callback.stepStart?.(deepFreeze({ step, maxSteps: 3 }));
        for (let microStep = 0; microStep < 2; microStep++) {
          const micro = { step, microStep, gradAccumSteps: 2 };
          await callback.microStepStart?.(deepFreeze({ ...micro }));
          await callback.microStepEnd?.(deepFreeze({ ...micro, loss: 4 / step, weightSum: 8 }));
        }
        checkAnswer(await callback.stepEnd?.(deepFreeze({ step, maxSteps: 3, epoch: 0.5, metrics })));
        await callback.evaluationStart?.(deepFreeze({ step }));
        checkAnswer(await callback.evaluationEnd?.(deepFreeze({ step, metrics })));
        await callback.checkpointStart?.(deepFreeze({ step }));
        checkAnswer(await callback.checkpointSaved?.(deepFreeze({ path: "/run/step", step, metrics, sizeBytes: 9 })));
      }
    });

    it("takes numbers that are not finite", async () => {
      const callback = await started();
      const metrics = { "train/loss": Number.NaN, "eval/loss": Number.POSITIVE_INFINITY };
      const micro = { step: 1, microStep: 0, gradAccumSteps: 1, loss: Number.NaN, weightSum: 0 };
      await callback.microStepEnd?.(deepFreeze(micro));
      checkAnswer(await callback.stepEnd?.(deepFreeze({ step: 1, maxSteps: 3, epoch: 0, metrics })));
      checkAnswer(await callback.evaluationEnd?.(deepFreeze({ step: 1, metrics })));
    });
  });
}

function checkAnswer(answer: CallbackAnswer | undefined | void): void {
  if (answer === undefined) return;
  const { stop, save } = answer;
  assert.ok(stop === undefined || typeof stop === "string", "`stop` is the reason, as text");
  assert.ok(save === undefined || typeof save === "boolean", "`save` is true or false");
}
