import { defineErrors } from "codex-core";

/** Errors of the character tokenizer. */
export const charErrors = defineErrors({
  CODEX_TOKENIZER_CHAR_CORPUS_EMPTY: {
    exitCode: 2,
    when: "The corpus has no character to make a vocabulary of.",
    why: "All documents are empty, were dropped by a safety filter, or have no character minCount times.",
    fix: "Check data.paths, the safety rules for the stage `data`, and tokenizer.minCount.",
  },
});
