import { defineErrors } from "./define-errors.js";

/** Errors of the safety gate. */
export const safetyErrors = defineErrors({
  CODEX_SAFETY_REFUSED: {
    exitCode: 3,
    when: "A safety filter refuses a text, fails, or does not answer in time.",
    why: "Filters fail closed: text that was not inspected is not used.",
    fix: "Change the text, or the rules of the filter in the config.",
  },
});
