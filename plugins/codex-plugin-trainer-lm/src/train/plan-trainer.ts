import type { TrainerFacts } from "codex-core";
import type { TrainerOptions } from "./options.js";
import { checkEnd } from "./run-length.js";

/** What a run with these options takes. @throws CODEX_TRAIN_NO_END */
export function planTrainer(options: TrainerOptions): TrainerFacts {
  checkEnd(options);
  const { microBatch, gradAccumSteps, maxSteps, maxEpochs, evalEvery, earlyStopping } = options;
  const needsValidation = evalEvery !== undefined || earlyStopping !== undefined;
  return { microBatch, gradAccumSteps, maxSteps, maxEpochs, evalEvery, needsValidation };
}
