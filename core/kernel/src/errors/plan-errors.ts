import { defineErrors } from "./define-errors.js";

/** Errors of plans: what is known to fail before it starts. */
export const planErrors = defineErrors({
  CODEX_PLAN_MEMORY: {
    exitCode: 2,
    when: "A run would need more memory than compute.memoryLimitBytes, or than what is free.",
    why: "Parameters, gradients, moments, activations and the checkpoint's copy have to be in memory together.",
    fix: "Take a smaller model, a shorter model.contextLength or a smaller trainer.microBatch, free memory, or give the container more.",
  },
  CODEX_PLAN_DISK: {
    exitCode: 2,
    when: "Where the run's folder is, or will be, less is free than one checkpoint takes.",
    why: "The first save would fail, and all that was trained until then would be lost.",
    fix: "Free space there, or name a folder on another disk with run.outputDir (--output-dir).",
  },
  CODEX_PLAN_VOCABULARY: {
    exitCode: 2,
    when: "A tokenizer has more token ids than the model's embedding has rows.",
    why: "A token id is a row of the embedding.",
    fix: "Use the tokenizer that the model was made for.",
  },
  CODEX_PLAN_DTYPE: {
    exitCode: 2,
    when: "compute.dtype is an element type that the device does not compute in.",
    fix: "Set compute.dtype to one of those that it computes in.",
  },
  CODEX_PLAN_CONTEXT: {
    exitCode: 2,
    when: "A split is known to hold fewer tokens than one sequence of contextLength tokens and its next token.",
    fix: "Give more text, or a smaller model.contextLength.",
  },
  CODEX_PLAN_REFUSED: {
    exitCode: 2,
    when: "A plan finds several problems of a run; the error lists them all.",
    fix: "Correct each; `codex plan` looks again without starting anything.",
  },
  CODEX_PLAN_FACTS: {
    exitCode: 2,
    when: "A plugin fails to tell what its part needs, or tells a number that counts nothing.",
    fix: "Report it to the plugin's author.",
  },
  CODEX_PLAN_PROBE: {
    exitCode: 2,
    when: "`codex plan --probe` is asked of a run that ends before two steps could be measured.",
    why: "The first steps also compile, so they are not measured.",
    fix: "Probe a run of more steps: trainer.maxSteps=4 or above.",
  },
});
