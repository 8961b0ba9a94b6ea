import { defineErrors } from "./define-errors.js";

/** Errors of locks: what a run's numbers depend on. */
export const lockErrors = defineErrors({
  CODEX_LOCK_INVALID: {
    exitCode: 2,
    when: "A lock.json cannot be read, or is none.",
    why: "It was changed after it was written, or damaged on disk.",
    fix: "Use the lock of another checkpoint of the run, or copy the run again from where it is whole.",
  },
  CODEX_LOCK_NEWER_FORMAT: {
    exitCode: 2,
    when: "A lock.json was written by a later version of Codex, in a format that this one does not know.",
    fix: "Update codex-core.",
  },
});
