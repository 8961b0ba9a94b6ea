import { defineErrors } from "codex-core";
import { shorten } from "./shorten.js";

/** Errors of checkpoints and of the safetensors files in them. */
export const checkpointErrors = defineErrors({
  CODEX_CHECKPOINT_NOT_FOUND: {
    exitCode: 2,
    when: "The path that a checkpoint should be read from is no checkpoint folder.",
    fix: "Name a folder that holds manifest.json, such as runs/NAME/checkpoints/step-00000250.",
  },
  CODEX_CHECKPOINT_CORRUPT: {
    exitCode: 2,
    when: "A checkpoint's files differ from what its manifest says, or cannot be understood.",
    why: "The checkpoint was cut short, changed after it was written, or damaged on disk.",
    fix: "Use an older checkpoint of the run, or copy this one again from where it is whole.",
  },
  CODEX_CHECKPOINT_NEWER_FORMAT: {
    exitCode: 2,
    when: "A checkpoint was written by a later version of Codex, in a format that this one does not know.",
    fix: "Update codex-plugin-checkpoint-local.",
  },
  CODEX_CHECKPOINT_NO_RUN: {
    exitCode: 1,
    when: "A checkpoint should be saved where there is no run folder.",
    fix: "Save checkpoints only from a training run.",
  },
  CODEX_CHECKPOINT_READ: {
    exitCode: 1,
    when: "A file of a checkpoint cannot be read.",
    why: "Permissions or the disk keep it from being read.",
    fix: "Make the file readable, or use an older checkpoint of the run.",
  },
  CODEX_CHECKPOINT_REMOVE: {
    exitCode: 1,
    when: "Checkpoints that are no longer kept cannot be removed.",
    why: "The folder may not be writable.",
    fix: "Make the folder writable, then run codex checkpoint prune.",
  },
  CODEX_CHECKPOINT_WRITE: {
    exitCode: 1,
    when: "A checkpoint could not be written.",
    why: "The disk may be full, or the folder may not be writable.",
    fix: "Make room or choose another run.outputDir, then resume from the checkpoint before.",
  },
  CODEX_SAFETENSORS_CORRUPT: {
    exitCode: 2,
    when: "A safetensors file breaks the rules of its format.",
    fix: "Copy or download the file again.",
  },
  CODEX_SAFETENSORS_DTYPE: {
    exitCode: 2,
    when: "A tensor of a safetensors file has an element type that is not read here.",
    fix: "Convert the file to float32.",
  },
});

/** Says that a checkpoint's file is not what it should be. */
export function corruptCheckpoint(where: string, what: string, cause?: unknown): Error {
  return checkpointErrors.CODEX_CHECKPOINT_CORRUPT({ what: shorten(what), where, cause });
}
