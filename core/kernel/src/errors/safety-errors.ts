import { defineErrors } from "./define-errors.js";

/** Errors of the safety gate. */
export const safetyErrors = defineErrors({
  CODEX_SAFETY_REFUSED: {
    exitCode: 3,
    when: "A safety filter refuses a text, fails, or does not answer in time.",
    why: "A rule matched, or a filter failed: text that was not inspected is not used.",
    fix: "Change the text, or the rules of the filter in the config.",
  },
});
