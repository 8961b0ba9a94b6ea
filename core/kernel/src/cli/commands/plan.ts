import type { DeclareCommand } from "../command.js";
import { addConfigOptions } from "../config-options.js";
import type { PlanOptions } from "../plan/plan.js";

/** `codex plan`: what a run will need. */
export const declarePlan: DeclareCommand = (command, context) => {
  addConfigOptions(command)
    .description(
      "Say what a run will need before it starts: parameters, operations, memory by part, disk, steps. No device is " +
        "touched and no corpus tokenized, unless --probe asks for it. Exit code 2 when the run cannot fit, or its " +
        "parts cannot work together; `codex train` looks at the same before it starts.",
    )
    .option("--probe", "take a few real steps, throw them away, and estimate the time of the whole run")
    .option("--graph", "show the programs of a step as the compute backend will run them, a node a line")
    .addHelpText(
      "after",
      "\nExamples:\n  $ codex plan --config quickstart trainer.microBatch=64\n  $ codex plan --config quickstart --probe\n",
    )
    .action(async (overrides: string[], options: PlanOptions) => {
      const { plan } = await import("../plan/plan.js");
      await plan(options, overrides, context);
    });
};
