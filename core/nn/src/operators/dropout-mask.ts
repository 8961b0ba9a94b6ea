import { engine, type Tensor, tensor } from "@tensorflow/tfjs-core";
import { nnErrors } from "../errors/nn-errors.js";
import { dropoutMaskValues } from "../random/dropout-mask-values.js";
import { checkInt32, checkShape } from "./check-shapes.js";
import { defineOperator } from "./operator.js";

interface Attrs {
  readonly shape: number[];
  readonly rate: number;
  readonly site: number;
}

/**
 * `CodexDropoutMask`: key int32 [4] → mask f32 of `shape`. The composed form reads the key and computes on the host:
 * it is for eager backends; a recording backend has a form of its own.
 */
export const dropoutMaskOperator = defineOperator<{ key: Tensor }, Attrs>({
  kernelName: "CodexDropoutMask",
  compose: ({ key }, { shape, rate, site }) => [
    tensor(dropoutMaskValues(wordsOf(key), shape, rate, site), shape, "float32"),
  ],
});

/** The key's words, read from the backend itself: the tensor's own way is closed to programs on some backends. */
function wordsOf(key: Tensor): Int32Array {
  return engine().backend.readSync(key.dataId) as Int32Array;
}

/** Where and how much is dropped. */
export interface DropoutMaskOptions {
  readonly shape: readonly number[];
  /** Share of elements that are dropped, in [0, 1). Rounded to 1/65536. */
  readonly rate: number;
  /** Number of the place in the model: each place draws its own stream. An unsigned 32-bit integer. */
  readonly site: number;
}

/**
 * A mask to multiply with: 0 with probability `rate`, else 1/(1 − rate). The same key, site and shape give the same
 * mask on every backend: element e draws 16 bits from Philox4x32-10 at counter (⌊e/8⌋, site, microStep, step).
 *
 * key int32 [4] = seed's low word, its high word, step, microStep → f32 of `shape`. Has no gradient.
 *
 * @throws CODEX_NN_ARGUMENT when the rate is not in [0, 1).
 */
export function dropoutMask(key: Tensor, { shape, rate, site }: DropoutMaskOptions): Tensor {
  checkShape("dropoutMask", "key", key, [4]);
  checkInt32("dropoutMask", "key", key);
  if (!(rate >= 0 && rate < 1) || Math.round(rate * 65536) === 65536) {
    throw nnErrors.CODEX_NN_ARGUMENT({ what: `dropoutMask got rate ${rate}; it must be in [0, 1).` });
  }
  return dropoutMaskOperator.run({ key }, { shape: [...shape], rate, site })[0]!;
}
