import type { CommandContext } from "../command.js";
import type { PruneCommandOptions } from "../commands/checkpoint.js";
import { shortPath } from "../short-path.js";
import { findCheckpoints, withStore } from "./checkpoint-command.js";
import { renderCheckpoints } from "./list-checkpoints.js";

/** Removes what a run's policy, or the options, do not keep. */
export async function pruneCheckpoints(
  reference: string,
  options: PruneCommandOptions,
  context: CommandContext,
): Promise<void> {
  const { folder, configured } = await findCheckpoints(reference, context);
  const removed = await withStore(configured, context, (store) => store.prune(folder, options));
  const verb = options.dryRun ? "Would remove" : "Removed";
  context.answer({ removed, dryRun: options.dryRun === true }, () =>
    removed.length === 0
      ? "All checkpoints are kept.\n"
      : `${verb}:\n${renderCheckpoints(removed, (path) => shortPath(context.terminal.workingFolder, path))}`,
  );
}
