import type { DeclareCommand } from "../command.js";
import { wholeNumber } from "../option-values.js";

/** Options of `codex checkpoint prune`. */
export interface PruneCommandOptions {
  readonly keepLast?: number;
  readonly keepBest?: number;
  readonly dryRun?: boolean;
}

/** `codex checkpoint`: what a run saved. */
export const declareCheckpoint: DeclareCommand = (command, context) => {
  command
    .command("list")
    .summary("list the checkpoints of a run")
    .description("List the complete checkpoints of a run, oldest first.")
    .argument("<run>", "a run's folder, its runId, or `latest`")
    .addHelpText("after", "\nExample:\n  $ codex checkpoint list latest\n")
    .action(async (reference: string) => {
      const { listCheckpoints } = await import("../checkpoint/list-checkpoints.js");
      await listCheckpoints(reference, context);
    });

  command
    .command("inspect")
    .summary("show what a checkpoint holds")
    .description("Show what a checkpoint holds: metrics, files with sizes and digests, tensors with shapes.")
    .argument("<run|checkpoint>", "a checkpoint's folder, or a run: its newest")
    .addHelpText("after", "\nExample:\n  $ codex checkpoint inspect latest\n")
    .action(async (reference: string) => {
      const { inspectCheckpoint } = await import("../checkpoint/inspect-checkpoint.js");
      await inspectCheckpoint(reference, context);
    });

  command
    .command("verify")
    .summary("compare every byte with its digest")
    .description("Read every byte of a checkpoint, or of all of a run, and compare. Exit code 1 when one is damaged.")
    .argument("<run|checkpoint>", "a checkpoint's folder, or a run: all of its checkpoints")
    .addHelpText("after", "\nExample:\n  $ codex checkpoint verify latest\n")
    .action(async (reference: string) => {
      const { verifyCheckpoints } = await import("../checkpoint/verify-checkpoints.js");
      await verifyCheckpoints(reference, context);
    });

  command
    .command("prune")
    .summary("remove checkpoints that are not to be kept")
    .description("Remove the checkpoints of a run that its policy does not keep. The newest always stays.")
    .argument("<run>", "a run's folder, its runId, or `latest`")
    .option("--keep-last <count>", "newest checkpoints to keep (checkpoint.keepLast)", wholeNumber(1))
    .option("--keep-best <count>", "best checkpoints to keep (checkpoint.keepBest)", wholeNumber(0))
    .option("--dry-run", "remove nothing, and tell what would go")
    .addHelpText("after", "\nExample:\n  $ codex checkpoint prune latest --keep-last 1 --dry-run\n")
    .action(async (reference: string, options: PruneCommandOptions) => {
      const { pruneCheckpoints } = await import("../checkpoint/prune-checkpoints.js");
      await pruneCheckpoints(reference, options, context);
    });
};
