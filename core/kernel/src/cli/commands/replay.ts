import type { DeclareCommand } from "../command.js";

/** Options of `codex replay`. */
export interface ReplayOptions {
  readonly outputDir?: string;
}

/** `codex replay`: trains a run again and compares. */
export const declareReplay: DeclareCommand = (command, context) => {
  command
    .description(
      "Train a run again from the config that it kept, into a folder of its own, and compare number by number: " +
        "metrics, samples, tensors of checkpoints. Exit code 1 when they differ.",
    )
    .argument("<run>", "a run's folder, its runId, or `latest`")
    .option("--output-dir <folder>", "the folder of the new run (run.outputDir)")
    .addHelpText("after", "\nExample:\n  $ codex replay latest\n  $ codex replay runs/quick --output-dir runs/again\n")
    .action(async (reference: string, options: ReplayOptions) => {
      const { replay } = await import("../replay/replay.js");
      await replay(reference, options, context);
    });
};
