import { trainerErrors } from "../errors.js";
import type { TrainerOptions } from "./options.js";

/** @throws CODEX_TRAIN_NO_END when neither maxSteps nor maxEpochs is set. */
export function checkEnd({ maxSteps, maxEpochs }: TrainerOptions): void {
  if (maxSteps !== undefined || maxEpochs !== undefined) return;
  throw trainerErrors.CODEX_TRAIN_NO_END({
    what: "The trainer is not told when to end.",
    where: "trainer.maxSteps, trainer.maxEpochs",
  });
}

/**
 * Steps of the whole run: maxSteps, or as many as maxEpochs take, rounded up; with both, the fewer.
 *
 * @throws CODEX_TRAIN_NO_END when neither is set.
 */
export function runLength(options: TrainerOptions, microBatchesPerEpoch: number): number {
  const { maxSteps, maxEpochs, gradAccumSteps } = options;
  checkEnd(options);
  const epochSteps =
    maxEpochs === undefined ? Infinity : Math.ceil((maxEpochs * microBatchesPerEpoch) / gradAccumSteps);
  return Math.min(maxSteps ?? Infinity, epochSteps);
}
