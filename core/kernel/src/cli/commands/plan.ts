import type { DeclareCommand } from "../command.js";
import { addConfigOptions, type ConfigOptions } from "../config-options.js";

/** `codex plan`: what a run will need. */
export const declarePlan: DeclareCommand = (command, context) => {
  addConfigOptions(command)
    .description(
      "Say what a run will need before it starts: parameters, operations, memory by part, disk. No device is touched. " +
        "Exit code 2 when it cannot fit.",
    )
    .addHelpText("after", "\nExample:\n  $ codex plan --config quickstart trainer.microBatch=64\n")
    .action(async (overrides: string[], options: ConfigOptions) => {
      const { plan } = await import("../plan/plan.js");
      await plan(options, overrides, context);
    });
};
