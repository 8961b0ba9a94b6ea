import { join } from "node:path";
import type { CheckpointStore } from "../../contracts/checkpoint-store.js";
import type { CommandContext } from "../command.js";
import { findProjectFolder, runsFolderOf } from "../project-folder.js";
import { resolveCheckpoint, resolveRun } from "../runs/run-reference.js";

/** The folder that holds a run's checkpoints. @throws CODEX_RUN_NOT_FOUND */
export function checkpointsFolder(reference: string, context: CommandContext): string {
  return join(resolveRun(reference, searchOf(context)).folder, "checkpoints");
}

/** A checkpoint's folder; of a run, its newest. @throws CODEX_RUN_NOT_FOUND, CODEX_RUN_NO_CHECKPOINT */
export function checkpointFolder(reference: string, context: CommandContext): string {
  return resolveCheckpoint(reference, searchOf(context));
}

/** Works with the store that the checkpoint's own config names. */
export async function withStore<Value>(
  checkpoint: string,
  context: CommandContext,
  use: (store: CheckpointStore) => Promise<Value>,
): Promise<Value> {
  const { workingFolder } = context.terminal;
  const kernel = await context.openKernel({
    projectFolder: findProjectFolder(workingFolder),
    workingFolder,
    checkpoint,
  });
  try {
    return await kernel.withCheckpoints(use);
  } finally {
    await kernel.dispose();
  }
}

function searchOf({ terminal }: CommandContext) {
  const { workingFolder } = terminal;
  return { workingFolder, runsFolder: runsFolderOf(findProjectFolder(workingFolder)) };
}
