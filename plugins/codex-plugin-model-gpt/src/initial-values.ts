import type { TensorSpecs } from "codex-core";
import { normalValues, streamOfName } from "codex-nn";
import { sizeOf } from "./parameters.js";

const weightDeviation = 0.02;

/**
 * GPT-2's initial values: weights normal with deviation 0.02, those that lead back into the residual stream smaller by
 * √(2·layerCount), biases 0, scales of layer norms 1. A parameter's values depend on the seed and its name only.
 *
 * @source Radford et al. 2019, Language Models are Unsupervised Multitask Learners, section 2.3
 */
export function* initialValues(
  specs: TensorSpecs,
  layerCount: number,
  seed: number,
): Generator<readonly [name: string, values: Float32Array], void, void> {
  for (const [name, spec] of Object.entries(specs)) {
    const size = sizeOf(spec);
    if (spec.shape.length >= 2) {
      const isResidual = name.endsWith(".c_proj.weight");
      const standardDeviation = weightDeviation / (isResidual ? Math.sqrt(2 * layerCount) : 1);
      yield [name, normalValues({ seed, stream: streamOfName(name), size, standardDeviation })];
    } else {
      yield [name, new Float32Array(size).fill(name.endsWith(".weight") ? 1 : 0)];
    }
  }
}
