import { defineErrors } from "./define-errors.js";

/** Errors of putting runs' metrics into tables, and of looking through them. */
export const ingestErrors = defineErrors({
  CODEX_INGEST_TARGET: {
    exitCode: 2,
    when: "The file that metrics should be put into cannot be one: it is a folder, or a folder above it is missing.",
    fix: "Name a file in a folder that is there.",
  },
  CODEX_INGEST_FOREIGN: {
    exitCode: 2,
    when: "The file that metrics should be put into is there, and is not of the kind that was asked for.",
    why: "It is left as it is: it may be all that somebody has.",
    fix: "Name another file, or the kind that this one is of.",
  },
  CODEX_INGEST_BUSY: {
    exitCode: 1,
    when: "Another ingest writes the same file, or another program has it open for writing.",
    fix: "Wait for it to end, then give the command again.",
  },
  CODEX_INGEST_LIBRARY: {
    exitCode: 2,
    when: "A kind of file needs a library that is not installed.",
    fix: "Install it in the project's folder.",
  },
  CODEX_INGEST_SAME_RUN: {
    exitCode: 2,
    when: "Two folders that should be ingested hold a run of the same runId.",
    why: "One is a copy of the other; their rows could not be told apart.",
    fix: "Name one of the two.",
  },
  CODEX_INGEST_FAILED: {
    exitCode: 1,
    when: "The new file cannot be written, or the metrics of a run cannot be read. The old file is as it was.",
    fix: "Check the free space and the permissions of the folder, then give the command again.",
  },
  CODEX_RUNS_NO_METRIC: {
    exitCode: 2,
    when: "Runs should be ranked by a metric that none of them has.",
    fix: "`codex runs show latest` lists the metrics of a run.",
  },
});
