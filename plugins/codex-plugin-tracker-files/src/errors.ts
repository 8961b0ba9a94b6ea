import { defineErrors } from "codex-core";

/** Errors of the file tracker. */
export const filesErrors = defineErrors({
  CODEX_TRACKER_FILES_WRITE: {
    exitCode: 1,
    when: "The file tracker cannot open or write one of its files.",
    fix: "Check that the folder can be written and the disk is not full. When the run is over, `codex runs sync RUN` delivers what is left.",
  },
});
