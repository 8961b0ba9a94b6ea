import { statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { cliErrors } from "../../errors/cli-errors.js";
import { nearestName } from "../../plugins/nearest-name.js";
import { isCheckpoint, listRuns, type RunSummary, readRunSummary } from "../../run/run-summary.js";

/** Where names of runs are looked up. */
export interface RunSearch {
  /** Relative paths start here. */
  readonly workingFolder: string;
  /** The folder that holds the runs: `runs/` of the project. */
  readonly runsFolder: string;
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
  if (reference === "latest") {
    const withCheckpoint = ownRuns(search).find((run) => run.checkpoints.length > 0);
    const newest = withCheckpoint?.checkpoints.at(-1);
    if (newest) return newest;
  }
  const run = resolveRun(reference, search);
  const newest = run.checkpoints.at(-1);
  if (newest) return newest;
  throw cliErrors.CODEX_RUN_NO_CHECKPOINT({
    what: `Run ${run.runId} has no complete checkpoint.`,
    where: join(run.folder, "checkpoints"),
  });
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
