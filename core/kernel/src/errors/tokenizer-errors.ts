import { defineErrors } from "./define-errors.js";

/** Errors that any tokenizer may give. */
export const tokenizerErrors = defineErrors({
  CODEX_TOKENIZER_TEXT_TOO_LONG: {
    exitCode: 2,
    when: "A text has more tokens than maxLength, and truncation is `error`.",
    fix: "Shorten the text, raise maxLength, or choose the truncation `cut` or `split`.",
  },
  CODEX_TOKENIZER_BATCH_OPTIONS: {
    exitCode: 2,
    when: "The options of encodeBatch contradict each other.",
    fix: "maxLength is at least 1; stride is at least 0 and less than maxLength.",
  },
  CODEX_TOKENIZER_ID_UNKNOWN: {
    exitCode: 2,
    when: "A token id to decode is outside the vocabulary.",
    why: "The ids come from another tokenizer, or from a model with a larger vocabulary.",
    fix: "Decode with the tokenizer that made the ids; a checkpoint carries its own.",
  },
  CODEX_TOKENIZER_SAVED_INVALID: {
    exitCode: 2,
    when: "The files of a saved tokenizer are missing, damaged, or of another version.",
    fix: "Use an intact copy of the checkpoint, or train the tokenizer again.",
  },
});
