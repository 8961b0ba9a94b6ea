import { Option } from "commander";
import type { DeclareCommand } from "../command.js";
import { wholeNumber } from "../option-values.js";

/** Forms in which results are written. */
export type ResultFormat = "table" | "ndjson" | "csv";

/** Options of `codex evaluate`. */
export interface EvaluateOptions {
  readonly split?: "train" | "validation";
  readonly task?: readonly string[];
  readonly metricsOnly?: boolean;
  readonly bootstrap?: number;
  readonly seed?: number;
  readonly device?: string;
  readonly format?: ResultFormat;
  readonly output?: string;
  readonly logMetrics?: string;
  readonly runId?: string;
}

/** `codex evaluate`: measures a checkpoint on a whole split, or on tasks. */
export const declareEvaluate: DeclareCommand = (command, context) => {
  command
    .description(
      "Measure a trained model: loss, perplexity, accuracy and the config's metrics on a whole split of its text, or tasks: questions with choices, gaps to fill, answers to write.",
    )
    .argument("<run|checkpoint>", "a run's folder, its runId, `latest`, or a checkpoint's folder")
    .argument("[overrides...]", "overrides of the checkpoint's config: KEY=VALUE, +KEY=VALUE, ~KEY")
    .addOption(
      new Option("--split <split>", "which part of the text (default: validation, if no task is given)").choices([
        "train",
        "validation",
      ]),
    )
    .addOption(
      new Option("--task <file>", "a task to measure; again for one more").argParser(
        (file: string, before?: readonly string[]) => [...(before ?? []), file],
      ),
    )
    .option("--metrics-only", "leave out tasks for which texts would be written")
    .addOption(new Option("--bootstrap <n>", "95% intervals of all metrics, of N samples").argParser(wholeNumber(1)))
    .addOption(
      new Option(
        "--seed <n>",
        "of the samples, and of texts that are not greedily written (default: run.seed)",
      ).argParser(wholeNumber(0)),
    )
    .option("--device <device>", "where to compute (compute.device)")
    .addOption(
      new Option("--format <format>", "form of the results (default: table)").choices(["table", "ndjson", "csv"]),
    )
    .option("--output <file>", "write the results in this form to a file")
    .option("--log-metrics <file>", "append the results as one NDJSON line to a file")
    .option(
      "--run-id <run>",
      "append the results to the metrics of a run that has ended, and deliver them to its trackers",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ codex evaluate latest --bootstrap 1000
  $ codex evaluate latest '+metric.ece={type: calibration-error}' evaluator.stride=32 --json
  $ codex evaluate runs/debug --task tasks/capitals.yaml --format csv --output capitals.csv
`,
    )
    .action(async (reference: string, overrides: string[], options: EvaluateOptions) => {
      const { evaluate } = await import("../evaluate/evaluate.js");
      await evaluate(reference, overrides, options, context);
    });
};
