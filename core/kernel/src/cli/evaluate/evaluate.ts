import { resolve } from "node:path";
import type { FlagValues } from "../../config/friendly-flags.js";
import { redactWords } from "../../config/redact-words.js";
import type { Named } from "../../contracts/json.js";
import { runAround } from "../../error-capture/run-around.js";
import type { CodexError } from "../../errors/codex-error.js";
import type { MetricInterval } from "../../evaluation/bootstrap.js";
import { toJsonNumbers } from "../../run/json-number.js";
import type { EvaluationAnswer } from "../../run/kernel-types.js";
import type { RunObserver } from "../../run/run-observer.js";
import type { CommandContext } from "../command.js";
import type { EvaluateOptions } from "../commands/evaluate.js";
import { requireOverrides } from "../config-options.js";
import { findProjectFolder } from "../project-folder.js";
import { errorDocument, toCodexError } from "../render-error.js";
import { findCheckpoint } from "../runs/find-run.js";
import { findNamedRun, logIntoNamedRun } from "./log-into-named-run.js";
import { renderEvaluation } from "./render-evaluation.js";
import { appendLine, requireWritable, writeResults } from "./result-files.js";

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
  const run = await findNamedRun(options.runId, checkpoint, context);
  const overrides = requireOverrides(words, workingFolder);
  const { split, task: tasks = [], metricsOnly, bootstrap, seed, device } = options;
  const targets = targetsOf(options, workingFolder);
  for (const file of Object.values(targets)) await requireWritable(file);
  const flags: FlagValues = device === undefined ? {} : { device };
  const signal = context.interruptible("Stopping.");
  if (!context.quiet && stderr.isTerminal) stderr.write(`Measuring ${checkpoint} …\n`);
  const kernel = await context.openKernel({ projectFolder, workingFolder, checkpoint, flags, overrides, signal });
  try {
    const withoutGeneration = metricsOnly ?? false;
    const observer: RunObserver = {
      warning: (text) => {
        if (!context.quiet) stderr.write(`Warning: ${text}\n`);
      },
    };
    const settings = { checkpoint, split, tasks, withoutGeneration, bootstrap, seed, observer, signal };
    const answer = await kernel.evaluate(settings);
    const shownWords = redactWords(overrides, kernel.config.secrets);
    const { format = "table" } = options;
    const deliveries = [
      async () => targets.output && writeResults(targets.output, renderEvaluation(answer, format)),
      async () => targets.logMetrics && appendLine(targets.logMetrics, await logLine(answer, shownWords)),
      async () => run && logIntoNamedRun(run, answer, shownWords, context),
    ];
    const print = () => renderEvaluation(answer, targets.output === undefined ? format : "table");
    await answerAndDeliver({ document: toDocument(answer), print }, deliveries, context);
  } finally {
    await kernel.dispose();
  }
}

/** Files that results are written into, absolute. */
interface Targets {
  readonly output?: string;
  readonly logMetrics?: string;
}

function targetsOf({ output, logMetrics }: EvaluateOptions, workingFolder: string): Targets {
  return {
    ...(output !== undefined && { output: resolve(workingFolder, output) }),
    ...(logMetrics !== undefined && { logMetrics: resolve(workingFolder, logMetrics) }),
  };
}

/**
 * Prints the results, whatever becomes of the deliveries, each of which is tried. JSON is one document: what failed
 * stands in it.
 *
 * @throws what failed first
 */
async function answerAndDeliver(
  { document, print }: { readonly document: object; print(): string },
  deliveries: readonly (() => Promise<unknown>)[],
  context: CommandContext,
): Promise<void> {
  if (!context.json) context.answer(document, print);
  let failure: CodexError | undefined;
  for (const deliver of deliveries) {
    await deliver().catch((error) => {
      failure ??= toCodexError(error);
    });
  }
  if (!context.json && failure) throw failure;
  if (!context.json) return;
  if (failure) {
    await context.capture.capture(failure);
    context.setExitCode(failure.exitCode);
  }
  context.answer({ ...document, ...(failure && errorDocument(failure)) }, print);
}

/** A line with all that there is to know of an evaluation, so that it can be done again. */
async function logLine(answer: EvaluationAnswer, overrides: readonly string[]): Promise<string> {
  const run = await runAround(answer.checkpoint);
  const { metrics, intervals, ...facts } = toDocument(answer);
  const hasIntervals = Object.keys(intervals).length > 0;
  return JSON.stringify({
    timeMs: Date.now(),
    ...(run && { runId: run.runId }),
    ...facts,
    overrides,
    ...metrics,
    ...(hasIntervals && { intervals }),
  });
}

/** The answer as JSON can carry it. */
function toDocument({ metrics, intervals, ...facts }: EvaluationAnswer) {
  const bounds = (interval: MetricInterval) => toJsonNumbers({ ...interval });
  const named: Named<Named<number | string>> = Object.fromEntries(
    Object.entries(intervals).map(([name, interval]) => [name, bounds(interval)]),
  );
  return { ...facts, metrics: toJsonNumbers(metrics), intervals: named };
}
