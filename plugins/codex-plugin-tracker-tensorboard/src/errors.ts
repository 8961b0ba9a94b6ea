import { defineErrors } from "codex-core";

/** Errors of the TensorBoard tracker. */
export const tensorboardErrors = defineErrors({
  CODEX_TRACKER_TENSORBOARD_WRITE: {
    exitCode: 1,
    when: "The TensorBoard tracker cannot open or write its event file.",
    fix: "Check that the folder can be written and the disk is not full. When the run is over, `codex runs sync RUN` delivers what is left.",
  },
});
