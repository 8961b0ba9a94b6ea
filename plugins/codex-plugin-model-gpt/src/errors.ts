import { defineErrors } from "codex-core";

/** Errors of the GPT-2 family. */
export const modelErrors = defineErrors({
  CODEX_MODEL_HEAD_SPLIT: {
    exitCode: 2,
    when: "A model's width cannot be split evenly across its attention heads.",
    why: "Heads share one width, so embedDim has to be a multiple of headCount.",
    fix: "Choose an embedDim that is a multiple of headCount.",
  },
  CODEX_MODEL_DTYPE: {
    exitCode: 2,
    when: "A model is asked for in an element type that it does not compute in.",
    fix: "Set compute.dtype to float32.",
  },
  CODEX_MODEL_CONTEXT_EXCEEDED: {
    exitCode: 2,
    when: "A sequence is longer than the model's context.",
    why: "Every position has a learned embedding, and there are contextLength of them.",
    fix: "Use shorter sequences, or train a model with a larger contextLength.",
  },
  CODEX_MODEL_RANDOM_KEY: {
    exitCode: 1,
    when: "A model with dropout is bound for training without a random key.",
    fix: "Give the forward context a randomKey.",
  },
  CODEX_MODEL_PARAMETER_MISSING: {
    exitCode: 2,
    when: "A model is bound without one of its parameters.",
    fix: "Pass a tensor for every name in the model's parameters.",
  },
});
