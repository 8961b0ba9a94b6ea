import { EvaluatorPoint } from "../contracts/evaluator.js";
import { type GenerationSettings, GeneratorPoint } from "../contracts/generator.js";
import { SafetyGatePoint } from "../contracts/safety-gate.js";
import { evaluationErrors } from "../errors/evaluation-errors.js";
import type { TaskWorkers } from "../evaluation/tasks/measure-task.js";
import { guardedTexts, inspectPrompts } from "./guarded-texts.js";
import type { KernelState } from "./kernel-state.js";
import type { FilterGate } from "./safety-gate.js";
import type { CheckpointWork } from "./with-checkpoint.js";

/** The evaluator and the generator of an evaluation, as tasks use them; prompts and texts pass the safety filters. */
export function taskWorkers(kernel: KernelState, work: CheckpointWork, seed: number): TaskWorkers {
  const { checkpoint, signal } = work;
  const { container } = work.composition;
  return {
    async *score(continuations) {
      const evaluator = await container.one(EvaluatorPoint);
      if (!evaluator.score) {
        const what = "The evaluator does not score texts.";
        throw evaluationErrors.CODEX_EVALUATOR_NO_SCORES({ what, where: "config → evaluator.type" });
      }
      yield* evaluator.score({ checkpoint, continuations, signal });
    },
    async *write(prompts, { maxNewTokens, temperature, topK, topP }) {
      kernel.capture.hideTexts([...prompts]);
      const gate = (await container.one(SafetyGatePoint)) as FilterGate;
      const passed = await inspectPrompts(gate, prompts);
      const request: GenerationSettings = {
        checkpoint,
        maxNewTokens,
        temperature,
        ...(topK === undefined ? {} : { topK }),
        ...(topP === undefined ? {} : { topP }),
        seed,
        signal,
      };
      yield* guardedTexts({ gate, makeGenerator: () => container.one(GeneratorPoint), prompts: passed, request });
    },
  };
}
