import { defineErrors } from "codex-core";

/** Errors of training, evaluation and generation. */
export const trainerErrors = defineErrors({
  CODEX_TRAIN_NO_END: {
    exitCode: 2,
    when: "Neither trainer.maxSteps nor trainer.maxEpochs is set.",
    why: "The schedule is a function of the run's length, so it has to be known.",
    fix: "Add `--epochs 1`, or a number of steps, `trainer.maxSteps=200`, to the command, or set one in the config.",
  },
  CODEX_TRAIN_UNSTABLE: {
    exitCode: 1,
    when: "Too many steps in a row had a loss or gradient that was not finite, or a spike.",
    why: "The learning rate may be too high, or the data may hold something unusual at this place.",
    fix: "Resume from the last checkpoint with a lower optimizer.learningRate or more schedule.warmupSteps.",
  },
  CODEX_TRAIN_NOTHING_TO_LEARN: {
    exitCode: 2,
    when: "A whole pass over the training split had no token whose loss counts.",
    why: "All rows are padding, or what they should be learned from is masked or was cut off.",
    fix: "Look at the data: answers must fit into model.contextLength beside what they answer.",
  },
  CODEX_TRAIN_RESUME_MISMATCH: {
    exitCode: 2,
    when: "A run should go on from a checkpoint of a run whose data, batches or seed are others.",
    why: "A position in the data means something only for the same data, batches and seed.",
    fix: "Resume with the config that the checkpoint was made with (its config.yaml), or start a new run.",
  },
  CODEX_TRAIN_MODEL_MISMATCH: {
    exitCode: 2,
    when: "A checkpoint's tensors are not those of the model, or of the optimizer, that the config describes.",
    fix: "Use the model and optimizer settings of the checkpoint's config.yaml.",
  },
  CODEX_TRAIN_MONITOR: {
    exitCode: 2,
    when: "trainer.earlyStopping.monitor names no metric of evaluations.",
    fix: "Name one of the metrics that evaluations give, such as eval/loss.",
  },
  CODEX_EVALUATE_STRIDE: {
    exitCode: 2,
    when: "evaluator.stride is above the model's context, or the data's rows hold several documents.",
    fix: "Use a stride from 1 to model.contextLength, on rows of one text; or leave it out.",
  },
  CODEX_EVALUATE_CONTINUATION: {
    exitCode: 2,
    when: "A text to be scored has no tokens, nothing to follow, or more tokens than the model's context holds.",
    why: "A text is scored token by token, each after what stands before it, all within one context.",
    fix: "Give a prompt that is not empty, and answers that are neither empty nor too long.",
  },
  CODEX_GENERATE_PROMPT: {
    exitCode: 2,
    when: "A prompt has no tokens and the tokenizer no token to start with, or it fills the whole context.",
    fix: "Give a prompt of at least one character that fits into the context.",
  },
  CODEX_GENERATE_BUSY: {
    exitCode: 1,
    when: "A text is asked for while another is being written by the same generator.",
    why: "Both would write into one key/value cache.",
    fix: "Wait until the first text is complete, or close it.",
  },
});
