import type { ProgramGraph } from "../../contracts/compute-backend.js";
import type { PlanAnswer } from "../../run/kernel-types.js";
import type { ProbeAnswer } from "../../run/probe.js";
import { formatBytes, formatCount, formatDuration, formatThings, formatWhole } from "../../text/quantity.js";
import { renderFacts, renderTable } from "../../text/text-table.js";

type Facts = readonly (readonly [name: string, value: string])[];

/** A plan as text: facts, memory by part, what is unknown, and whether it fits. */
export function renderPlan(plan: PlanAnswer): string {
  const { limit, probe } = plan;
  const rows = plan.memory.map(({ name, bytes, from }) => [name, formatBytes(bytes), from]);
  const total = ["all", formatBytes(plan.memoryBytes), `of ${formatBytes(limit.bytes)} (${limit.from})`];
  const sections = [
    ...(plan.graphs ? [renderGraphs(plan.graphs)] : []),
    renderFacts(factsOf(plan)),
    renderTable([["memory", "", ""], ...rows, total]),
    ...(probe ? [renderFacts(probeFacts(probe, plan.memoryBytes))] : []),
    ...(plan.unknown.length > 0 ? [`Not known: ${plan.unknown.join("; ")}.\n`] : []),
    plan.warnings.map((warning) => `Warning: ${warning}\n`).join(""),
    verdictOf(plan),
  ];
  return sections.filter((section) => section !== "").join("\n");
}

/** Each graph, and what it comes to; the plan comes after them, where a terminal ends. */
function renderGraphs(graphs: readonly ProgramGraph[]): string {
  if (graphs.length === 0) return "No graphs: this compute backend runs programs operation by operation.\n";
  return graphs.map(renderGraph).join("\n");
}

function renderGraph({ program, nodeCount, operators, peakBytes, text }: ProgramGraph): string {
  const rows = Object.entries(operators).map(([name, { count, flops }]) => [
    name,
    formatWhole(count),
    flops > 0 ? formatCount(flops) : "",
  ]);
  const most = peakBytes > 0 ? `, at the most ${formatBytes(peakBytes)} alive in between` : "";
  const total = `${program}: ${formatThings(nodeCount, "node")}${most}\n`;
  return `${text}\n${total}${renderTable([["operator", "nodes", "operations"], ...rows])}`;
}

function verdictOf({ fits, problems, unknown }: PlanAnswer): string {
  if (!fits) return "It does not fit.\n";
  if (problems.length > 0) return "It cannot be trained as it is.\n";
  return unknown.length === 0 ? "It fits.\n" : "What is known fits.\n";
}

function factsOf(plan: PlanAnswer): Facts {
  const { tokensPerStep, flopsPerStep, maxSteps, flops, diskBytes, checkpointBytes } = plan;
  const facts: [string, string][] = [
    ["model", `${formatThings(plan.parameterCount, "parameter")}, vocabulary ${formatWhole(plan.vocabSize)}`],
    ["context", formatThings(plan.contextLength, "token")],
  ];
  if (tokensPerStep !== undefined && flopsPerStep !== undefined) {
    facts.push(["step", `${formatThings(tokensPerStep, "token")}, ${formatCount(flopsPerStep)} operations`]);
  }
  if (maxSteps !== undefined) {
    const operations = flops === undefined ? "" : `, ${formatCount(flops)} operations`;
    facts.push(["run", `${formatThings(maxSteps, "step")}${operations}`]);
  }
  if (checkpointBytes !== undefined) {
    const most = diskBytes === undefined ? "" : `${formatBytes(diskBytes)} at the most, `;
    const free = plan.disk.freeBytes === undefined ? "" : `, ${formatBytes(plan.disk.freeBytes)} free`;
    facts.push(["disk", `${most}${formatBytes(checkpointBytes)} a checkpoint${free}`]);
  }
  return facts;
}

function probeFacts({ steps, stepMs, ...probe }: ProbeAnswer, foretoldBytes: number): Facts {
  const { maxSteps, durationMs, tokensPerSecond, peakMemoryBytes } = probe;
  const speed = tokensPerSecond === undefined ? "" : `, ${formatCount(tokensPerSecond)} tokens a second`;
  const spread = `${milliseconds(stepMs.least)} to ${milliseconds(stepMs.most)} over ${formatThings(steps, "step")}`;
  const between = `${formatDuration(durationMs.least)} to ${formatDuration(durationMs.most)}`;
  return [
    ["probe", `${milliseconds(stepMs.median)} ms a step (${spread})${speed}`],
    ["time", `${formatDuration(durationMs.median)} (${between}) for ${formatThings(maxSteps, "step")}`],
    ["", "beside evaluations, samples and the writing of checkpoints"],
    ["peak", `${formatBytes(peakMemoryBytes)} measured, ${formatBytes(foretoldBytes)} foretold`],
  ];
}

/** Three digits are what a clock of a busy machine is worth. */
function milliseconds(ms: number): string {
  return ms >= 100 ? formatWhole(ms) : String(Number(ms.toPrecision(3)));
}
