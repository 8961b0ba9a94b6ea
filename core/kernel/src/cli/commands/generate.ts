import { Option } from "commander";
import type { DeclareCommand } from "../command.js";
import { numberBetween, wholeNumber } from "../option-values.js";

/** Options of `codex generate`. */
export interface GenerateOptions {
  readonly prompt?: readonly string[];
  readonly prompts?: string;
  readonly maxNewTokens: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly seed?: number;
  readonly device?: string;
}

/** `codex generate`: writes text with a checkpoint. */
export const declareGenerate: DeclareCommand = (command, context) => {
  const unbounded = Number.POSITIVE_INFINITY;
  command
    .description(
      "Write text with a trained model. The text comes as it is made; --json waits for all of it. Several prompts are written together: their texts come in order, a line each, with line ends as \\n. One that a safety filter refuses leaves its line empty (--json: an error in its place); exit code 3 when all are refused.",
    )
    .argument("<run|checkpoint>", "a run's folder, its runId, `latest`, or a checkpoint's folder")
    .argument("[overrides...]", "overrides of the checkpoint's config: KEY=VALUE, +KEY=VALUE, ~KEY")
    .addOption(
      new Option(
        "-p, --prompt <text>",
        "what the text starts with; - reads it from stdin, less one final line end; again for a text more",
      ).argParser((text: string, before?: readonly string[]) => [...(before ?? []), text]),
    )
    .option("--prompts <file>", 'a file of prompts, one a line; *.jsonl: a string or {"prompt": …} a line')
    .addOption(
      new Option("-n, --max-new-tokens <n>", "tokens to write at the most").default(200).argParser(wholeNumber(1)),
    )
    .addOption(
      new Option("--temperature <t>", "below 1 safer, above 1 wilder, 0 the likeliest token (default: 1)").argParser(
        numberBetween(0, unbounded),
      ),
    )
    .addOption(new Option("--top-k <k>", "choose among the K likeliest tokens").argParser(wholeNumber(1)))
    .addOption(
      new Option("--top-p <p>", "choose among the likeliest tokens of this share").argParser(numberBetween(0, 1)),
    )
    .addOption(new Option("--seed <n>", "the same seed and prompts write the same texts").argParser(wholeNumber(0)))
    .option("--device <device>", "where to compute (compute.device)")
    .addHelpText(
      "after",
      `
Examples:
  $ codex generate latest --prompt "Call me" --max-new-tokens 300 --temperature 0.8
  $ echo "Once upon a time" | codex generate runs/debug --prompt - --json
  $ codex generate latest --prompts questions.txt --json
`,
    )
    .action(async (reference: string, overrides: string[], options: GenerateOptions) => {
      const { generate } = await import("../generate/generate.js");
      await generate(reference, overrides, options, context);
    });
};
