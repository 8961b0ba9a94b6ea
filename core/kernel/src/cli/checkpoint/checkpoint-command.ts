import { join } from "node:path";
import type { CheckpointStore } from "../../contracts/checkpoint-store.js";
import type { CommandContext } from "../command.js";
import { findProjectFolder } from "../project-folder.js";
import { findRun } from "../runs/find-run.js";

/** The checkpoints of a run. */
export interface RunCheckpoints {
  /** The folder that holds them. */
  readonly folder: string;
  /** What names their store in its config: the newest that is complete, else the run. */
  readonly configured: string;
}

/** Where the checkpoints of the run are that a command line names. @throws CODEX_RUN_NOT_FOUND */
export async function findCheckpoints(reference: string, context: CommandContext): Promise<RunCheckpoints> {
  const { folder, checkpoints } = await findRun(reference, context);
  return { folder: join(folder, "checkpoints"), configured: checkpoints.at(-1) ?? folder };
}

/**
 * Works with the store that a config names.
 *
 * @param configured folder of the checkpoint or the run whose config it is
 */
export async function withStore<Value>(
  configured: string,
  context: CommandContext,
  use: (store: CheckpointStore) => Promise<Value>,
): Promise<Value> {
  const { workingFolder } = context.terminal;
  const kernel = await context.openKernel({
    projectFolder: findProjectFolder(workingFolder),
    workingFolder,
    checkpoint: configured,
  });
  try {
    return await kernel.withCheckpoints(use);
  } finally {
    await kernel.dispose();
  }
}
