import { activationKernels } from "./kernels/activation.js";
import { arithmeticKernels } from "./kernels/arithmetic.js";
import { comparisonKernels } from "./kernels/comparison.js";
import { creationKernels } from "./kernels/creation.js";
import { indexingKernels } from "./kernels/indexing.js";
import { matrixKernels } from "./kernels/matrix.js";
import { movementKernels } from "./kernels/movement.js";
import { reductionKernels } from "./kernels/reduction.js";
import { afterKernels } from "./operators/after.js";
import { cachedAttentionKernels } from "./operators/cached-attention.js";
import { causalAttentionKernels } from "./operators/causal-attention.js";
import { dropoutMaskKernels } from "./operators/dropout-mask.js";
import { embeddingKernels } from "./operators/embedding.js";
import { geluKernels } from "./operators/gelu.js";
import { layerNormKernels } from "./operators/layer-norm.js";
import { linearKernels } from "./operators/linear.js";
import { squaredSumKernels } from "./operators/squared-sum.js";
import { tokenCrossEntropyKernels } from "./operators/token-cross-entropy.js";
import type { KernelFamily } from "./recorded-kernel.js";

/** Every kernel that can be recorded, by tfjs kernel name. */
export const kernelTable: KernelFamily = {
  ...arithmeticKernels,
  ...activationKernels,
  ...comparisonKernels,
  ...reductionKernels,
  ...matrixKernels,
  ...movementKernels,
  ...indexingKernels,
  ...creationKernels,
  ...linearKernels,
  ...layerNormKernels,
  ...geluKernels,
  ...causalAttentionKernels,
  ...cachedAttentionKernels,
  ...tokenCrossEntropyKernels,
  ...embeddingKernels,
  ...dropoutMaskKernels,
  ...squaredSumKernels,
  ...afterKernels,
};
