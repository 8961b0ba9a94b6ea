import type { Tensor } from "@tensorflow/tfjs-core";
import type { CausalLanguageModel, Objective, Optimizer, Program, ProgramParts, TrainerFacts } from "codex-core";
import { evaluateProgram } from "../evaluate/evaluate-program.js";
import { gradientsProgram } from "../step/gradients-program.js";
import { updateProgram } from "../step/update-program.js";
import type { TrainerOptions } from "./options.js";
import { checkEnd } from "./run-length.js";

/** What a run with these options takes. @throws CODEX_TRAIN_NO_END */
export function planTrainer(options: TrainerOptions): TrainerFacts {
  checkEnd(options);
  const { microBatch, gradAccumSteps, maxSteps, maxEpochs, evalEvery, earlyStopping } = options;
  const needsValidation = evalEvery !== undefined || earlyStopping !== undefined;
  const programs = (parts: ProgramParts) => trainerPrograms(options, parts);
  return { microBatch, gradAccumSteps, maxSteps, maxEpochs, evalEvery, needsValidation, programs };
}

function trainerPrograms({ microBatch, gradAccumSteps }: TrainerOptions, parts: ProgramParts): Program<Tensor>[] {
  const model = parts.model as CausalLanguageModel<Tensor>;
  const objective = parts.objective as Objective<Tensor>;
  const step = { model, objective, shape: { microBatch, contextLength: model.contextLength } };
  return [
    gradientsProgram(step, "fresh"),
    ...(gradAccumSteps > 1 ? [gradientsProgram(step, "accumulate")] : []),
    updateProgram(model, parts.optimizer as Optimizer<Tensor>),
    evaluateProgram(step),
  ];
}
