import { defineErrors } from "codex-core";

/** Errors of the policy filter. */
export const policyErrors = defineErrors({
  CODEX_SAFETY_RULES_UNREADABLE: {
    exitCode: 2,
    when: "The rule file of a safety policy cannot be read, or is too large.",
    why: "A policy without its rules would let everything pass, so it lets nothing start.",
    fix: "Correct the path (a relative one starts at the project's folder), or make the file readable.",
  },
  CODEX_SAFETY_RULES_INVALID: {
    exitCode: 2,
    when: "The rule file of a safety policy is not YAML of the known form, or one of its rules cannot be used.",
    why: "A rule that is left out would let its texts pass, so one that is wrong stops everything.",
    fix: "Correct the places named; the form is described in the README of codex-plugin-safety-policy.",
  },
});
