import { join } from "node:path";
import type { FlagValues } from "../../config/friendly-flags.js";
import { replayErrors } from "../../errors/replay-errors.js";
import { runErrors } from "../../errors/run-errors.js";
import { compareReplay, type ReplayComparison } from "../../replay/compare-replay.js";
import type { CommandContext } from "../command.js";
import type { ReplayOptions } from "../commands/replay.js";
import { progressStream } from "../progress-stream.js";
import { findProjectFolder } from "../project-folder.js";
import { findRun } from "../runs/find-run.js";
import { shortPath } from "../short-path.js";
import { createTrainProgress } from "../train/train-progress.js";
import { renderReplay } from "./render-replay.js";

/** What `codex replay --json` answers. */
export interface ReplayAnswer extends ReplayComparison {
  readonly original: string;
  readonly replay: string;
}

/** Trains a run again, up to the step that it reached, and compares the two. */
export async function replay(reference: string, options: ReplayOptions, context: CommandContext): Promise<void> {
  const { stderr, workingFolder } = context.terminal;
  const projectFolder = findProjectFolder(workingFolder);
  const run = await findRun(reference, context);
  const lastStep = run.step;
  if (lastStep === undefined) {
    context.capture.enter("find the run");
    throw replayErrors.CODEX_REPLAY_NO_METRICS({
      what: `The run ${run.runId} has no metrics to compare with.`,
      where: join(run.folder, "metrics.ndjson"),
    });
  }
  const flags: FlagValues = options.outputDir === undefined ? {} : { outputDir: options.outputDir };
  const reached = new AbortController();
  const interrupted = context.interruptible("Stopping after this step.");
  const signal = AbortSignal.any([interrupted, reached.signal]);
  const showPath = (path: string): string => shortPath(workingFolder, path);
  const settings = { projectFolder, workingFolder, checkpoint: run.folder, flags, signal: interrupted };
  const kernel = await context.openKernel(settings);
  try {
    const progress = createTrainProgress({
      stream: progressStream(context),
      warnings: stderr,
      showPath,
      withoutWarnings: context.quiet,
    });
    const result = await kernel.train({
      replayOf: run.folder,
      signal,
      observer: {
        ...progress,
        stepEnd: (report) => {
          progress.stepEnd?.(report);
          if (report.step >= lastStep && report.step < report.maxSteps) reached.abort();
        },
      },
    });
    progress.clear();
    if (result.outcome.status === "interrupted" && result.outcome.step < lastStep) {
      throw runErrors.CODEX_RUN_INTERRUPTED({ what: "The replay was stopped, so that nothing is compared." });
    }
    const comparison = await kernel.withCheckpoints((store) =>
      compareReplay(run.folder, result.folder, (path) => store.verify(path)),
    );
    const answer: ReplayAnswer = { original: run.folder, replay: result.folder, ...comparison };
    context.answer(answer, () => renderReplay(answer, showPath));
    if (!comparison.identical) context.setExitCode(1);
  } finally {
    await kernel.dispose();
  }
}
