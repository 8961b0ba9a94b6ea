import { defineErrors } from "./define-errors.js";

/** Errors of codex-core/testing. */
export const testingErrors = defineErrors({
  CODEX_TESTING_NO_RUNNER: {
    exitCode: 2,
    when: "A conformance suite is called where no test runner has put `describe` and `it` into the global scope.",
    fix: "Call the suite from a test file that mocha runs (or vitest or jest with global functions on).",
  },
  CODEX_TESTING_NOT_PROVIDED: {
    exitCode: 2,
    when: "A test asks a plugin definition for a type that it does not provide.",
    fix: "Compare the type with the plugin's `register`.",
  },
});
