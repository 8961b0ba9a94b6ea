import { defineErrors } from "codex-core";

/** Errors of the eager reference backend. */
export const computeWasmErrors = defineErrors({
  CODEX_COMPUTE_RUNTIME_MISSING: {
    exitCode: 1,
    when: "The library that a compute backend runs on is missing, broken, or not shipped for this platform.",
    fix: "Reinstall the backend's package; `codex doctor` shows what was looked for.",
  },
});
