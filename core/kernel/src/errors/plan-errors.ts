import { defineErrors } from "./define-errors.js";

/** Errors of plans: what is known to fail before it starts. */
export const planErrors = defineErrors({
  CODEX_PLAN_MEMORY: {
    exitCode: 2,
    when: "A run would need more memory than compute.memoryLimitBytes, or than what is free.",
    why: "Parameters, gradients, moments, activations and the checkpoint's copy have to be in memory together.",
    fix: "Take a smaller model, a shorter model.contextLength or a smaller trainer.microBatch, or free memory.",
  },
  CODEX_PLAN_UNKNOWN: {
    exitCode: 2,
    when: "The config does not say enough for a plan: it has no model, no tokenizer, or a trainer without microBatch.",
    fix: "Plan a config that can be trained, such as `codex plan --config quickstart`.",
  },
});
