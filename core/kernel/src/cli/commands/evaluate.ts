import { Option } from "commander";
import type { DeclareCommand } from "../command.js";

/** Options of `codex evaluate`. */
export interface EvaluateOptions {
  readonly split: "train" | "validation";
  readonly device?: string;
}

/** `codex evaluate`: measures a checkpoint on a whole split. */
export const declareEvaluate: DeclareCommand = (command, context) => {
  command
    .description("Measure a trained model on a whole split of its text: loss, perplexity, accuracy.")
    .argument("<run|checkpoint>", "a run's folder, its runId, `latest`, or a checkpoint's folder")
    .argument("[overrides...]", "overrides of the checkpoint's config: KEY=VALUE, +KEY=VALUE, ~KEY")
    .addOption(
      new Option("--split <split>", "which part of the text").choices(["train", "validation"]).default("validation"),
    )
    .option("--device <device>", "where to compute (compute.device)")
    .addHelpText("after", "\nExample:\n  $ codex evaluate latest --split validation --json\n")
    .action(async (reference: string, overrides: string[], options: EvaluateOptions) => {
      const { evaluate } = await import("../evaluate/evaluate.js");
      await evaluate(reference, overrides, options, context);
    });
};
