import { runAround } from "../../error-capture/run-around.js";
import { type RunSearch, resolveCheckpoint, resolveRun, resolveRuns, searchOf } from "../../run/run-reference.js";
import type { RunSummary } from "../../run/run-summary.js";
import type { CommandContext } from "../command.js";
import { findProjectFolder } from "../project-folder.js";

/**
 * The run that a command line names: a run's folder, a runId or `latest`. What fails from now on is kept in its folder.
 *
 * @throws CODEX_RUN_NOT_FOUND
 */
export function findRun(reference: string, { capture, terminal }: CommandContext): Promise<RunSummary> {
  return capture.during("find the run", () => {
    const run = resolveRun(reference, searchFrom(terminal));
    capture.useRun({ folder: run.folder, runId: run.runId });
    return run;
  });
}

/**
 * The runs that a command line names, of which none is the one to keep errors.
 *
 * @throws CODEX_RUN_NOT_FOUND
 */
export function findRuns(references: readonly string[], context: CommandContext): Promise<readonly RunSummary[]> {
  const search = searchFrom(context.terminal);
  return context.capture.during("find the run", () => references.map((reference) => resolveRun(reference, search)));
}

/**
 * The runs that a command line names, where the name of a folder stands for all runs in it. A run that is named twice
 * comes once.
 *
 * @throws CODEX_RUN_NOT_FOUND
 */
export function findRunsBelow(references: readonly string[], context: CommandContext): Promise<readonly RunSummary[]> {
  const search = searchFrom(context.terminal);
  return context.capture.during("find the run", () => {
    const runs = references.flatMap((reference) => resolveRuns(reference, search));
    return [...new Map(runs.map((run) => [run.folder, run])).values()];
  });
}

/**
 * The checkpoint that a command line names: a checkpoint's folder, or the newest of a run. What fails from now on is
 * kept in the folder of its run.
 *
 * @throws CODEX_RUN_NOT_FOUND, CODEX_RUN_NO_CHECKPOINT
 */
export function findCheckpoint(reference: string, { capture, terminal }: CommandContext): Promise<string> {
  return capture.during("find the run", async () => {
    const checkpoint = resolveCheckpoint(reference, searchFrom(terminal));
    const run = await runAround(checkpoint);
    if (run) capture.useRun(run);
    return checkpoint;
  });
}

function searchFrom({ workingFolder }: CommandContext["terminal"]): RunSearch {
  return searchOf({ workingFolder, projectFolder: findProjectFolder(workingFolder) });
}
