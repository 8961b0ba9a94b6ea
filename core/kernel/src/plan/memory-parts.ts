import { formatThings, formatWhole } from "../text/quantity.js";
import type { RunPlanFacts } from "./plan-run.js";

/** One part of what a run needs in memory. */
export interface MemoryPart {
  readonly name: string;
  readonly bytes: number;
  /** How it comes about. */
  readonly from: string;
}

/** Tensors of the largest parameter's size on the way of its gradient: what a product gives, and that turned. */
const gradientsOnTheirWay = 2;

/** What a run needs in memory, largest causes apart. What nobody tells is left out: see `unknownOf`. */
export function memoryParts(facts: RunPlanFacts): readonly MemoryPart[] {
  const { model, trainer, compute, optimizerSlots } = facts;
  const { parameterBytes, headBytesPerToken = 0, largestParameterBytes = 0 } = model;
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
    const activations = Math.round(model.activationBytesPerToken * tokens * (compute.activationPeak ?? 1));
    parts.push({ name: "activations", bytes: activations, from: `${formatThings(tokens, "token")} of a microBatch` });
    const head = headBytesPerToken * tokens;
    if (head > 0) parts.push({ name: "logits", bytes: head, from: "with probabilities and gradient" });
  }
  if (largestParameterBytes > 0) {
    const onTheirWay = largestParameterBytes * gradientsOnTheirWay;
    parts.push({ name: "largest gradient", bytes: onTheirWay, from: "as it is made, and turned to its place" });
    parts.push({ name: "initial values", bytes: largestParameterBytes, from: "the largest, until they are collected" });
  }
  const { processBytes } = compute;
  if (processBytes !== undefined) {
    parts.push({ name: "process", bytes: processBytes, from: "the program and its libraries, measured" });
  }
  return parts;
}
