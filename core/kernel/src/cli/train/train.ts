import { existsSync } from "node:fs";
import { join } from "node:path";
import { listCheckpoints } from "../../run/run-summary.js";
import type { CommandContext } from "../command.js";
import { type ConfigOptions, readConfigRequest } from "../config-options.js";
import { openRequestedKernel } from "../explain-missing-config.js";
import { progressStream } from "../progress-stream.js";
import { findProjectFolder } from "../project-folder.js";
import { findCheckpoint } from "../runs/find-run.js";
import { shortPath } from "../short-path.js";
import { resumeCommand } from "./resume-command.js";
import { renderSummary } from "./run-summary-text.js";
import { createTrainProgress } from "./train-progress.js";

/** Options of `codex train`. */
export interface TrainOptions extends ConfigOptions {
  readonly resumeFrom?: string;
  readonly allowChanged?: "data";
}

/** Trains, shows how it goes, and tells at the end where the run is and what the model writes. */
export async function train(options: TrainOptions, words: readonly string[], context: CommandContext): Promise<void> {
  const { stderr, workingFolder } = context.terminal;
  const projectFolder = findProjectFolder(workingFolder);
  const request = readConfigRequest(options, words, workingFolder);
  const { resumeFrom } = options;
  const isNamed = resumeFrom !== undefined && resumeFrom !== "latest";
  const checkpoint = isNamed ? await findCheckpoint(resumeFrom, context) : resumeFrom;
  const stream = progressStream(context);
  const showPath = (path: string): string => shortPath(workingFolder, path);

  const startedAtMs = Date.now();
  const signal = context.interruptible("Stopping after this step and saving. Again to stop at once.");
  const progress = createTrainProgress({ stream, warnings: stderr, showPath, withoutWarnings: context.quiet });
  const printLog = (text: string): void => {
    progress.clear();
    stderr.write(text);
  };
  const kernel = await openRequestedKernel(context, { projectFolder, workingFolder, ...request, signal, printLog });
  try {
    progress.note("reading the data …");
    const result = await kernel.train({
      resumeFrom: checkpoint,
      allowChanged: options.allowChanged ? [options.allowChanged] : [],
      observer: progress,
      signal,
    });
    const newest = listCheckpoints(result.folder).at(-1);
    const { lastSample: sample } = progress;
    const { runId, folder, outcome } = result;
    if (context.json) {
      context.answer({ runId, folder, ...outcome, checkpoint: newest ?? null, sample: sample ?? null }, () => "");
    } else if (context.quiet) {
      context.answer(folder, () => `${showPath(folder)}\n`);
    } else {
      const facts = { result, tookMs: Date.now() - startedAtMs, sample, showPath };
      const report = join(folder, "report.html");
      stream.write(
        renderSummary({
          ...facts,
          checkpoint: newest && showPath(newest),
          resume: resumeCommand(request, showPath(folder), kernel.config.secrets),
          report: existsSync(report) ? showPath(report) : undefined,
        }),
      );
    }
    if (outcome.status === "interrupted") context.setExitCode(130);
  } finally {
    await kernel.dispose();
  }
}
