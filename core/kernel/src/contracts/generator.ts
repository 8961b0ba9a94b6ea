import type { LoadedCheckpoint } from "./checkpoint-store.js";
import { definePoint } from "./contribution-point.js";

export interface GenerationRequest {
  readonly checkpoint: LoadedCheckpoint;
  readonly prompt: string;
  readonly maxNewTokens: number;
  /** 0 takes the likeliest token. Default 1. */
  readonly temperature?: number;
  /** Keep the k likeliest tokens. */
  readonly topK?: number;
  /** Keep the likeliest tokens that hold this share of the probability, in (0, 1]. */
  readonly topP?: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** One generated token. */
export interface GeneratedToken {
  readonly tokenId: number;
  /** Text that became complete with it; may be empty while a character is unfinished. */
  readonly text: string;
}

export type StopReason = "length" | "eos" | "context" | "signal";

/** Writes text with a checkpoint. */
export interface Generator {
  /** Yields tokens as they are made and returns why it stopped. */
  generate(request: GenerationRequest): AsyncGenerator<GeneratedToken, StopReason, void>;
}

export const GeneratorPoint = definePoint<Generator, "one">("generator", {
  cardinality: "one",
  failurePolicy: "closed",
});
