import { defineErrors } from "codex-core";

/** Errors of the W&B tracker. */
export const wandbErrors = defineErrors({
  CODEX_TRACKER_WANDB_WRITE: {
    exitCode: 1,
    when: "The W&B tracker cannot open or write the files of its offline run.",
    fix: "Check that the folder can be written and the disk is not full. When the run is over, `codex runs sync RUN` delivers what is left.",
  },
});
