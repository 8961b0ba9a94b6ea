import { formatBytes, formatThings, formatWhole } from "../text/quantity.js";
import type { RunPlanFacts } from "./plan-run.js";

/** One part of what a run needs in memory. */
export interface MemoryPart {
  readonly name: string;
  readonly bytes: number;
  /** How it comes about. */
  readonly from: string;
}

/** Of a backend that does not tell: logits, probabilities and gradient. */
const threeCopies = (logitsBytes: number) => 3 * logitsBytes;

/** What a run needs in memory, largest causes apart. What nobody tells is left out: see `unknownOf`. */
export function memoryParts(facts: RunPlanFacts): readonly MemoryPart[] {
  const { model, trainer, compute, optimizerSlots } = facts;
  const { parameterBytes, logitsBytesPerToken = 0, largestParameterBytes = 0 } = model;
  const parts: MemoryPart[] = [
    { name: "parameters", bytes: parameterBytes, from: `${formatWhole(model.parameterCount)} × 4 bytes` },
    { name: "gradients", bytes: parameterBytes, from: "one for each parameter" },
  ];
  if (optimizerSlots !== undefined) {
    const [optimizer, copy] = [parameterBytes * optimizerSlots, parameterBytes * (1 + optimizerSlots)];
    parts.push({ name: "optimizer", bytes: optimizer, from: `${optimizerSlots} for each parameter` });
    parts.push({ name: "checkpoint copy", bytes: copy, from: "parameters and optimizer, saved beside training" });
  }
  if (trainer.microBatch !== undefined) {
    const tokens = trainer.microBatch * model.contextLength;
    const keptPerToken = model.activationBytesPerToken + (compute.isFused ? 0 : (model.composedBytesPerToken ?? 0));
    const activations = Math.round(keptPerToken * tokens * (compute.activationPeak ?? 1));
    parts.push({ name: "activations", bytes: activations, from: `${formatThings(tokens, "token")} of a microBatch` });
    const { headBytes = threeCopies } = compute;
    const head = headBytes(logitsBytesPerToken * tokens);
    if (head > 0) parts.push({ name: "logits", bytes: head, from: "with probabilities and gradient" });
  }
  if (largestParameterBytes > 0) {
    const onTheirWay = largestParameterBytes * (compute.gradientsOnTheirWay ?? 2);
    parts.push({ name: "largest gradient", bytes: onTheirWay, from: "on the way to its place" });
    parts.push({ name: "initial values", bytes: largestParameterBytes, from: "the largest, until they are collected" });
  }
  const { processBytes } = compute;
  if (processBytes !== undefined) {
    parts.push({ name: "process", bytes: processBytes, from: "the program and its libraries, measured" });
  }
  return parts;
}

/** `parameters 1.6 MiB, gradients 1.6 MiB, …` */
export function partsInWords(parts: readonly MemoryPart[]): string {
  return parts.map(({ name, bytes }) => `${name} ${formatBytes(bytes)}`).join(", ");
}
