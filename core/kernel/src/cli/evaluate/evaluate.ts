import type { FlagValues } from "../../config/friendly-flags.js";
import { formatMetric } from "../../text/quantity.js";
import { renderFacts } from "../../text/text-table.js";
import type { CommandContext } from "../command.js";
import type { EvaluateOptions } from "../commands/evaluate.js";
import { requireOverrides } from "../config-options.js";
import { findProjectFolder } from "../project-folder.js";
import { findCheckpoint } from "../runs/find-run.js";

/** Measures a checkpoint on a split and prints its metrics. */
export async function evaluate(
  reference: string,
  words: readonly string[],
  options: EvaluateOptions,
  context: CommandContext,
): Promise<void> {
  const { workingFolder, stderr } = context.terminal;
  const projectFolder = findProjectFolder(workingFolder);
  const checkpoint = await findCheckpoint(reference, context);
  const overrides = requireOverrides(words, workingFolder);
  const { split, device } = options;
  const flags: FlagValues = device === undefined ? {} : { device };
  const signal = context.interruptible("Stopping.");
  if (!context.quiet && stderr.isTerminal) stderr.write(`Measuring ${checkpoint} on the ${split} split …\n`);
  const kernel = await context.openKernel({ projectFolder, workingFolder, checkpoint, flags, overrides, signal });
  try {
    const metrics = await kernel.evaluate({ checkpoint, split, signal });
    context.answer({ checkpoint, split, metrics }, () =>
      renderFacts(Object.entries(metrics).map(([name, value]) => [name, formatMetric(value)])),
    );
  } finally {
    await kernel.dispose();
  }
}
