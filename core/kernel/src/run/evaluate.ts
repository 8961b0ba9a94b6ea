import { EvaluatorPoint } from "../contracts/evaluator.js";
import type { Named } from "../contracts/json.js";
import type { KernelState } from "./kernel-state.js";
import type { EvaluateSettings } from "./kernel-types.js";
import { toRunError } from "./to-run-error.js";
import { openCheckpointWork } from "./with-checkpoint.js";

/** Measures a checkpoint on a whole split. Starts no tracker and makes no run. */
export async function evaluate(kernel: KernelState, settings: EvaluateSettings): Promise<Named<number>> {
  const work = await openCheckpointWork(kernel, settings, [EvaluatorPoint]);
  const { checkpoint, composition, signal } = work;
  kernel.capture.enter("evaluate");
  let metrics: Named<number>;
  try {
    const evaluator = await composition.container.one(EvaluatorPoint);
    metrics = await evaluator.evaluate({ checkpoint, split: settings.split ?? "validation", signal });
  } catch (error) {
    await work.dispose().catch(() => undefined);
    throw toRunError(error, signal, "Evaluation");
  }
  await work.dispose();
  return metrics;
}
