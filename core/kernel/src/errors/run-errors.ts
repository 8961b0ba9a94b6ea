import { defineErrors } from "./define-errors.js";

/** Errors of runs: their folders, their records, their ends. */
export const runErrors = defineErrors({
  CODEX_RUN_FOLDER_LIVE: {
    exitCode: 2,
    when: "The output folder belongs to a run that is still going on.",
    why: "Two runs that write into one folder would destroy each other's records and checkpoints.",
    fix: "Wait for that run, stop it, or name another folder with --output-dir.",
  },
  CODEX_RUN_FOLDER_OCCUPIED: {
    exitCode: 2,
    when: "The output folder holds an earlier run, and the command does not resume it.",
    why: "A fresh start would overwrite the earlier run.",
    fix: "Add `--resume-from latest` to go on with that run, or name another folder with --output-dir.",
  },
  CODEX_RUN_FOLDER_FAILED: {
    exitCode: 1,
    when: "The run's folder or a file in it cannot be written.",
    fix: "Check the free space and the permissions of the folder.",
  },
  CODEX_RUN_RECORD_INVALID: {
    exitCode: 1,
    when: "A callback tells of the run what is no record: an unknown kind, a metric that is no number, edges that do not ascend.",
    why: "It would stand in the run's files for good, and no reader could take it.",
    fix: "Correct the callback; docs/plugins.md shows a record of each kind.",
  },
  CODEX_RUN_RESUME_NOT_FOUND: {
    exitCode: 2,
    when: "`resumeFrom` names no checkpoint and no run that has one.",
    fix: "Name a checkpoint (RUN/checkpoints/step-…), a run's folder, or `latest`.",
  },
  CODEX_RUN_RESUME_NO_FOLDER: {
    exitCode: 2,
    when: "`resumeFrom` is `latest`, and the config names no output folder.",
    why: "`latest` is the newest checkpoint of the output folder.",
    fix: "Name the folder with --output-dir (run.outputDir), or give the checkpoint's path.",
  },
  CODEX_RUN_RESUME_CHANGED: {
    exitCode: 2,
    when: "A run should go on from a checkpoint whose tokenizer or data are not those of now.",
    why: "The model's token ids, or a position in the data, would mean something else.",
    fix: "Bring back what the checkpoint was made with, or start a new run. Other data: --allow-changed data.",
  },
  CODEX_RUN_RESUME_INEXACT: {
    exitCode: 2,
    when: "run.requireExact is set, and numbers after a resume are not promised to be those of an uninterrupted run.",
    fix: "Bring back what differs, or set run.requireExact=false to go on all the same.",
  },
  CODEX_RUN_CHECKPOINT_CONFIG: {
    exitCode: 2,
    when: "A checkpoint that shall stand alone carries no config that can be read.",
    fix: "Name a checkpoint's or a run's folder; `codex runs list` shows them.",
  },
  CODEX_RUN_FAILED: {
    exitCode: 1,
    when: "The trainer, the evaluator or the generator throws something that is no coded error.",
    fix: "The cause is in the run's log.ndjson; report it to the plugin's author.",
  },
  CODEX_RUN_INTERRUPTED: {
    exitCode: 130,
    when: "A run is stopped before training began, so that there is nothing to save, or another command before its end.",
    fix: "Start it again.",
  },
  CODEX_TRACKER_FAILED: {
    exitCode: 1,
    when: "A tracker fails or is too slow. The run goes on, and so do the tries; its records wait in the run's folder.",
    fix: "Look at what it reaches for. When the run is over, `codex runs sync RUN` delivers what is left.",
  },
  CODEX_RESUME_DIVERGED: {
    exitCode: 1,
    when: "A step that is trained again after a resume gives another number than before. The run goes on.",
    why: "An exact resume repeats the bits of an uninterrupted run; something that the lock does not hold has changed.",
    fix: "`codex runs diff` and `codex replay` find what changed; trackers keep the numbers that they got first.",
  },
  CODEX_KERNEL_DISPOSED: {
    exitCode: 2,
    when: "A kernel is used after its `dispose`.",
    fix: "Create another kernel.",
  },
});
