import { runAround } from "../../error-capture/run-around.js";
import { runErrors } from "../../errors/run-errors.js";
import type { EvaluationAnswer } from "../../run/kernel-types.js";
import { logIntoRun, requireLoggable } from "../../run/log-into-run.js";
import { isLive, onceFree } from "../../run/once-free.js";
import type { RunSummary } from "../../run/run-summary.js";
import type { CommandContext } from "../command.js";
import { findRuns } from "../runs/find-run.js";
import { syncRun } from "../runs/sync-run.js";

/** How long another evaluation that logs into the run is waited for. */
const waitMs = 10_000;

/**
 * The run that `--run-id` names, into which results can be logged. Warns where the checkpoint is not one of it.
 *
 * @throws CODEX_RUN_NOT_FOUND, CODEX_RUN_FOLDER_LIVE, CODEX_RUN_FOLDER_FAILED
 */
export async function findNamedRun(
  runId: string | undefined,
  checkpoint: string,
  context: CommandContext,
): Promise<RunSummary | undefined> {
  const [run] = runId === undefined ? [] : await findRuns([runId], context);
  if (!run) return undefined;
  if (run.status === "running") {
    throw runErrors.CODEX_RUN_FOLDER_LIVE({
      what: `The run ${run.runId} still goes on.`,
      where: run.folder,
      fix: "Wait until it has ended, or stop it; --log-metrics FILE appends the results to a file of their own.",
    });
  }
  await requireLoggable(run.folder);
  const own = await runAround(checkpoint);
  if (own?.runId !== run.runId && !context.quiet) {
    const ofWhich = own ? `of the run ${own.runId}` : "of no run";
    const what = `${checkpoint} is ${ofWhich}: its results will stand among those of ${run.runId}.`;
    context.terminal.stderr.write(`Warning: ${what}\n`);
  }
  return run;
}

/**
 * Into the run's own metrics, intervals too, and from there to its trackers. Another evaluation that logs into the run
 * at the same time is waited for.
 *
 * @param overrides of the checkpoint's config, without secrets
 */
export async function logIntoNamedRun(
  run: RunSummary,
  { metrics, intervals, step, tasks, ...facts }: EvaluationAnswer,
  overrides: readonly string[],
  context: CommandContext,
): Promise<void> {
  const { folder, runId } = run;
  const { stderr } = context.terminal;
  const { kept, ofOthers } = await onceFree(
    () =>
      logIntoRun(folder, {
        step,
        metrics,
        intervals,
        source: "evaluate",
        facts: { ...facts, tasks: [...tasks], overrides: [...overrides] },
      }),
    waitMs,
  );
  const say = (text: string) => context.quiet || stderr.write(`${text}\n`);
  if (kept.length > 0) say(`${runId} has these of step ${step} already, and keeps them: ${kept.join(", ")}.`);
  if (ofOthers.length > 0) {
    const why = "their values there are of another measurement";
    say(`Intervals of these are not logged, since ${why}: ${ofOthers.join(", ")}.`);
  }
  const { trackers } = await syncRun(run, [], context, waitMs).catch((error) => {
    if (!isLive(error)) throw error;
    const how = `\`codex runs sync ${runId}\` tells them when that is done`;
    stderr.write(`The results stand in ${runId}, and its trackers are not told of them, since ${error.what} ${how}.\n`);
    return { trackers: [] };
  });
  for (const { name, hasAll, problem } of trackers) {
    if (!hasAll) stderr.write(`Tracker ${name} has not all of ${runId}: ${problem ?? "it was stopped"}\n`);
  }
}
