import { appendFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { FlagValues } from "../../config/friendly-flags.js";
import type { Named } from "../../contracts/json.js";
import { runAround } from "../../error-capture/run-around.js";
import { evaluationErrors } from "../../errors/evaluation-errors.js";
import { runErrors } from "../../errors/run-errors.js";
import type { MetricInterval } from "../../evaluation/bootstrap.js";
import { toJsonNumbers } from "../../run/json-number.js";
import type { EvaluationAnswer } from "../../run/kernel-types.js";
import { logIntoRun } from "../../run/log-into-run.js";
import { makeFolder } from "../../run/make-folder.js";
import type { RunSummary } from "../../run/run-summary.js";
import type { CommandContext } from "../command.js";
import type { EvaluateOptions } from "../commands/evaluate.js";
import { requireOverrides } from "../config-options.js";
import { findProjectFolder } from "../project-folder.js";
import { findCheckpoint, findRuns } from "../runs/find-run.js";
import { syncRun } from "../runs/sync-run.js";
import { renderEvaluation } from "./render-evaluation.js";

/** Measures a checkpoint on a split or on tasks, prints the results, and writes them where the options say. */
export async function evaluate(
  reference: string,
  words: readonly string[],
  options: EvaluateOptions,
  context: CommandContext,
): Promise<void> {
  const { workingFolder, stderr } = context.terminal;
  const projectFolder = findProjectFolder(workingFolder);
  const checkpoint = await findCheckpoint(reference, context);
  const [run] = options.runId === undefined ? [] : await findRuns([options.runId], context);
  if (run?.status === "running") {
    throw runErrors.CODEX_RUN_FOLDER_LIVE({ what: `The run ${run.runId} still goes on.`, where: run.folder });
  }
  const overrides = requireOverrides(words, workingFolder);
  const { split, task: tasks = [], metricsOnly, bootstrap, seed, device } = options;
  const flags: FlagValues = device === undefined ? {} : { device };
  const signal = context.interruptible("Stopping.");
  if (!context.quiet && stderr.isTerminal) stderr.write(`Measuring ${checkpoint} …\n`);
  const kernel = await context.openKernel({ projectFolder, workingFolder, checkpoint, flags, overrides, signal });
  try {
    const withoutGeneration = metricsOnly ?? false;
    const answer = await kernel.evaluate({ checkpoint, split, tasks, withoutGeneration, bootstrap, seed, signal });
    await keep(answer, options, workingFolder);
    if (run) await logInto(run, answer, context);
    const format = options.output === undefined ? (options.format ?? "table") : "table";
    context.answer(toDocument(answer), () => renderEvaluation(answer, format));
  } finally {
    await kernel.dispose();
  }
}

/** Into the run's own metrics, and from there to its trackers. */
async function logInto(run: RunSummary, { step, metrics }: EvaluationAnswer, context: CommandContext) {
  const { folder, runId } = run;
  const { stderr } = context.terminal;
  const known = await logIntoRun(folder, { step, metrics, source: "evaluate" });
  if (known.length > 0 && !context.quiet) {
    stderr.write(`${runId} has these of step ${step} already, and keeps them: ${known.join(", ")}.\n`);
  }
  const { trackers } = await syncRun(run, [], context);
  for (const { name, hasAll, problem } of trackers) {
    if (!hasAll) stderr.write(`Tracker ${name} has not all of ${runId}: ${problem ?? "it was stopped"}\n`);
  }
}

/** Writes the results into the files that the options name. @throws CODEX_EVALUATION_OUTPUT */
async function keep(
  answer: EvaluationAnswer,
  { format = "table", output, logMetrics }: EvaluateOptions,
  workingFolder: string,
): Promise<void> {
  if (output !== undefined) {
    await toFile(resolve(workingFolder, output), (file) => writeFile(file, renderEvaluation(answer, format)));
  }
  if (logMetrics === undefined) return;
  const run = await runAround(answer.checkpoint);
  const { metrics, intervals, ...facts } = toDocument(answer);
  const hasIntervals = Object.keys(intervals).length > 0;
  const row = {
    timeMs: Date.now(),
    ...(run && { runId: run.runId }),
    ...facts,
    ...metrics,
    ...(hasIntervals && { intervals }),
  };
  await toFile(resolve(workingFolder, logMetrics), (file) => appendFile(file, `${JSON.stringify(row)}\n`));
}

/** The answer as JSON can carry it. */
function toDocument({ metrics, intervals, ...facts }: EvaluationAnswer) {
  const bounds = (interval: MetricInterval) => toJsonNumbers({ ...interval });
  const named: Named<Named<number | string>> = Object.fromEntries(
    Object.entries(intervals).map(([name, interval]) => [name, bounds(interval)]),
  );
  return { ...facts, metrics: toJsonNumbers(metrics), intervals: named };
}

async function toFile(file: string, write: (file: string) => Promise<void>): Promise<void> {
  try {
    await makeFolder(resolve(file, ".."));
    await write(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw evaluationErrors.CODEX_EVALUATION_OUTPUT({
      what: `The results cannot be written: ${reason}`,
      where: file,
      cause: error,
    });
  }
}
