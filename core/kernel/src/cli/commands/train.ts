import type { DeclareCommand } from "../command.js";
import { addConfigOptions, type ConfigOptions } from "../config-options.js";

/** `codex train`: trains a model. */
export const declareTrain: DeclareCommand = (command, context) => {
  addConfigOptions(command)
    .description("Train a model. Any config key can be set as KEY=VALUE after the options.")
    .option("--resume-from <path>", "a checkpoint or run to go on from, or `latest` of the output folder")
    .addHelpText(
      "after",
      `
Examples:
  $ codex train --config quickstart
  $ codex train --config quickstart trainer.maxSteps=100 '~tracker.files'
  $ codex train --model-name gpt2 --texts book.txt --output-dir runs/debug --epochs 1
  $ codex train --config quickstart --output-dir runs/long --resume-from latest
`,
    )
    .action(async (overrides: string[], options: ConfigOptions & { resumeFrom?: string }) => {
      const { train } = await import("../train/train.js");
      await train(options, overrides, context);
    });
};
