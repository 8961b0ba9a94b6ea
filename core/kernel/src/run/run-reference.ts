import { statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { cliErrors } from "../errors/cli-errors.js";
import { nearestName } from "../plugins/nearest-name.js";
import type { KernelState } from "./kernel-state.js";
import { isCheckpoint, listRuns, type RunSummary, readRunSummary } from "./run-summary.js";
import { runsFolderOf } from "./runs-folder.js";

/** Where names of runs are looked up. */
export interface RunSearch {
  /** Relative paths start here. */
  readonly workingFolder: string;
  /** The folder that holds the runs: `runs/` of the project. */
  readonly runsFolder: string;
}

/** Where a kernel looks them up. */
export function searchOf({
  workingFolder,
  projectFolder,
}: Pick<KernelState, "workingFolder" | "projectFolder">): RunSearch {
  return { workingFolder, runsFolder: runsFolderOf(projectFolder) };
}

/**
 * The run that is meant: a run's folder, the name of one below the runs' folder, the runId of one there, or
 * `latest`, the newest that is no replay.
 *
 * @throws CODEX_RUN_NOT_FOUND
 */
export function resolveRun(reference: string, search: RunSearch): RunSummary {
  if (reference === "latest") {
    const [newest] = ownRuns(search);
    if (newest) return newest;
    throw cliErrors.CODEX_RUN_NOT_FOUND({
      what: "There is no run yet.",
      where: search.runsFolder,
      fix: "Train one first: codex train --config quickstart",
    });
  }
  const places = [resolve(search.workingFolder, reference)];
  if (!isAbsolute(reference)) places.push(join(search.runsFolder, reference));
  for (const place of places) {
    const run = readRunSummary(place);
    if (run) return run;
  }
  const runs = listRuns(search.runsFolder);
  const [named, ...others] = runs.filter((run) => run.runId === reference);
  if (named && others.length === 0) return named;
  if (named) {
    throw cliErrors.CODEX_RUN_NOT_FOUND({
      what: `${others.length + 1} runs have the runId ${reference}: one folder is a copy of another.`,
      where: [named, ...others].map((run) => run.folder).join(", "),
      fix: "Name the folder of the one that you mean.",
    });
  }
  throw notFound(reference, runs, places);
}

/**
 * The runs that are meant: one, as `resolveRun` finds it, or all that lie in a folder which is no run itself, newest
 * first.
 *
 * @throws CODEX_RUN_NOT_FOUND
 */
export function resolveRuns(reference: string, search: RunSearch): readonly RunSummary[] {
  const folder = resolve(search.workingFolder, reference);
  const below = readRunSummary(folder) ? [] : listRuns(folder);
  return below.length > 0 ? below : [resolveRun(reference, search)];
}

/**
 * The folder of the checkpoint that is meant: a checkpoint's folder, or the newest checkpoint of a run. `latest` is the
 * newest run that has one.
 *
 * @throws CODEX_RUN_NOT_FOUND, CODEX_RUN_NO_CHECKPOINT
 */
export function resolveCheckpoint(reference: string, search: RunSearch): string {
  const direct = resolve(search.workingFolder, reference);
  if (isCheckpoint(direct)) return direct;
  const run = reference === "latest" ? latestWithCheckpoint(search) : resolveRun(reference, search);
  const newest = run.checkpoints.at(-1);
  if (newest) return newest;
  throw cliErrors.CODEX_RUN_NO_CHECKPOINT({
    what: `Run ${run.runId} has no complete checkpoint.`,
    where: join(run.folder, "checkpoints"),
  });
}

/**
 * The folder of a checkpoint or of a run that a program names: by its path, else as `resolveCheckpoint` finds it. A path
 * at which there is nothing is given back as it is.
 *
 * @throws CODEX_RUN_NOT_FOUND when there is no run for `latest`, or several of that runId
 */
export function namedFolder(reference: string, search: RunSearch): string {
  const direct = resolve(search.workingFolder, reference);
  if (isCheckpoint(direct)) return direct;
  if (reference === "latest") return latestWithCheckpoint(search).folder;
  return namedRunFolder(reference, search);
}

/**
 * The folder of a run that a program names: by its path, else as `resolveRun` finds it. A path at which there is nothing
 * is given back as it is.
 *
 * @throws CODEX_RUN_NOT_FOUND when there is no run for `latest`, or several of that runId
 */
export function namedRunFolder(reference: string, search: RunSearch): string {
  const direct = resolve(search.workingFolder, reference);
  const isName =
    reference === "latest" ||
    (statSync(direct, { throwIfNoEntry: false }) === undefined && isRunsName(reference, search));
  return isName ? resolveRun(reference, search).folder : direct;
}

/** The newest run that has a checkpoint, else the newest. */
function latestWithCheckpoint(search: RunSearch): RunSummary {
  return ownRuns(search).find((run) => run.checkpoints.length > 0) ?? resolveRun("latest", search);
}

/** Whether a run's folder below the runs' folder, or a run there, has this name. */
function isRunsName(reference: string, { runsFolder }: RunSearch): boolean {
  return listRuns(runsFolder).some(({ folder, runId }) => runId === reference || basename(folder) === reference);
}

/** Runs that are no replays: those are copies, made to be compared. */
function ownRuns({ runsFolder }: RunSearch): readonly RunSummary[] {
  return listRuns(runsFolder).filter((run) => run.replayOf === undefined);
}

function notFound(reference: string, found: readonly RunSummary[], places: readonly string[]): Error {
  const direct = places[0] ?? reference;
  const exists = statSync(direct, { throwIfNoEntry: false }) !== undefined;
  const runs = found.map((run) => run.runId);
  const close = nearestName(reference, [...runs, ...found.map((run) => basename(run.folder))]);
  const hint = close ? `Did you mean ${close}? ` : runs.length > 0 ? `The newest is ${runs[0]}. ` : "";
  if (exists && /^step-\d+$/.test(reference.split(/[\\/]/).at(-1) ?? "")) {
    return cliErrors.CODEX_RUN_NOT_FOUND({
      what: `${reference} is not a complete checkpoint: it has no readable manifest.json.`,
      where: direct,
      why: "The manifest is written last; without it the checkpoint was not finished.",
      fix: `Use an older checkpoint of ${dirname(direct)}.`,
    });
  }
  return cliErrors.CODEX_RUN_NOT_FOUND({
    what: exists ? `${reference} is neither a run nor a checkpoint.` : `There is no run or checkpoint ${reference}.`,
    where: places.join(" or "),
    fix: `${hint}${cliErrors.definitions.CODEX_RUN_NOT_FOUND.fix}`,
  });
}
