/** Maths of language models on tfjs-core: operators, optimizers, schedules, random streams, sampling. */
export * from "./errors/nn-errors.js";
export * from "./operators/cached-attention.js";
export * from "./operators/causal-attention.js";
export * from "./operators/dropout-mask.js";
export * from "./operators/embedding.js";
export * from "./operators/gelu.js";
export * from "./operators/layer-norm.js";
export * from "./operators/linear.js";
export * from "./operators/operator.js";
export * from "./operators/squared-sum.js";
export * from "./operators/token-cross-entropy.js";
export * from "./random/dropout-mask-values.js";
export * from "./random/philox.js";
