import type { PlanAnswer } from "../../run/kernel-types.js";
import { formatBytes, formatCount, formatWhole } from "../../text/quantity.js";
import { renderFacts, renderTable } from "../../text/text-table.js";
import type { CommandContext } from "../command.js";
import { type ConfigOptions, readConfigRequest } from "../config-options.js";
import { findProjectFolder } from "../project-folder.js";

/** Plans a run and shows what it will need. */
export async function plan(options: ConfigOptions, words: readonly string[], context: CommandContext): Promise<void> {
  const { workingFolder } = context.terminal;
  const projectFolder = findProjectFolder(workingFolder);
  const request = readConfigRequest(options, words, workingFolder);
  const kernel = await context.openKernel({ projectFolder, workingFolder, ...request });
  try {
    const answer = await kernel.plan();
    context.answer(answer, () => renderPlan(answer));
    if (!answer.fits) context.setExitCode(2);
  } finally {
    await kernel.dispose();
  }
}

function renderPlan(plan: PlanAnswer): string {
  const facts: [string, string][] = [
    ["model", `${formatWhole(plan.parameterCount)} parameters, vocabulary ${formatWhole(plan.vocabSize)}`],
    ["context", `${formatWhole(plan.contextLength)} tokens`],
    ["step", `${formatWhole(plan.tokensPerStep)} tokens, ${formatCount(plan.flopsPerStep)} operations`],
  ];
  if (plan.maxSteps !== undefined && plan.flops !== undefined) {
    facts.push(["run", `${formatWhole(plan.maxSteps)} steps, ${formatCount(plan.flops)} operations`]);
  }
  facts.push(["disk", `${formatBytes(plan.diskBytes)}, ${formatBytes(plan.checkpointBytes)} a checkpoint`]);
  const rows = plan.memory.map(({ name, bytes, from }) => [name, formatBytes(bytes), from]);
  const total = ["all", formatBytes(plan.memoryBytes), `of ${formatBytes(plan.limit.bytes)} (${plan.limit.from})`];
  const verdict = plan.fits ? "It fits.\n" : `It does not fit.${nearestText(plan)}\n`;
  return [renderFacts(facts), renderTable([["memory", "", ""], ...rows, total]), verdict].join("\n");
}

function nearestText({ nearest }: PlanAnswer): string {
  if (!nearest) return " Take a smaller model or a shorter model.contextLength.";
  return ` This does: trainer.microBatch=${nearest.microBatch} trainer.gradAccumSteps=${nearest.gradAccumSteps}`;
}
