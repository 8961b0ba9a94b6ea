import { Option } from "commander";
import type { DeclareCommand } from "../command.js";
import { addConfigOptions } from "../config-options.js";
import type { TrainOptions } from "../train/train.js";

/** `codex train`: trains a model. */
export const declareTrain: DeclareCommand = (command, context) => {
  addConfigOptions(command)
    .description(
      "Train a model. Any config key can be set as KEY=VALUE after the options. With --quiet, the answer is the run's " +
        "folder.",
    )
    .option("--resume-from <path>", "a checkpoint or run to go on from, or `latest` of the output folder")
    .addOption(new Option("--allow-changed <what>", "resume though this is not the checkpoint's").choices(["data"]))
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
    .action(async (overrides: string[], options: TrainOptions) => {
      const { train } = await import("../train/train.js");
      await train(options, overrides, context);
    });
};
