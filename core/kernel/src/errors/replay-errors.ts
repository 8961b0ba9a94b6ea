import { defineErrors } from "./define-errors.js";

/** Errors of replays. */
export const replayErrors = defineErrors({
  CODEX_REPLAY_NO_METRICS: {
    exitCode: 2,
    when: "A run that shall be replayed kept no metrics.",
    why: "It never came to its first report, so there is nothing to compare with.",
    fix: "Name another run; `codex runs list` shows them.",
  },
});
