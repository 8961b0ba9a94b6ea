import type { LoadedCheckpoint } from "./checkpoint-store.js";
import { definePoint } from "./contribution-point.js";

/** How texts are generated. */
export interface GenerationSettings {
  readonly checkpoint: LoadedCheckpoint;
  readonly maxNewTokens: number;
  /** 0 takes the likeliest token. Default 1. */
  readonly temperature?: number;
  /** Keep the k likeliest tokens. */
  readonly topK?: number;
  /** Keep the likeliest tokens that hold this share of the probability, in (0, 1]. */
  readonly topP?: number;
  readonly seed: number;
  /** Which random stream of the seed the first prompt draws from, the second from the next. Default: 0. */
  readonly stream?: number;
  readonly signal: AbortSignal;
}

export interface GenerationRequest extends GenerationSettings {
  readonly prompt: string;
}

export interface BatchGenerationRequest extends GenerationSettings {
  readonly prompts: readonly string[];
  /** The random stream of each prompt. Default: `stream` and those that follow it. */
  readonly streams?: readonly number[];
}

/** One generated token. */
export interface GeneratedToken {
  readonly tokenId: number;
  /** Text that became complete with it; may be empty while a character is unfinished. */
  readonly text: string;
}

export type StopReason = "length" | "eos" | "context" | "signal";

/** A whole text. */
export interface GeneratedText {
  readonly tokens: readonly GeneratedToken[];
  readonly stopReason: StopReason;
  /** Whether the prompt's beginning was left out, because it does not fit. Left out: it was not. */
  readonly isCut?: boolean;
}

/** Writes text with a checkpoint. */
export interface Generator {
  /** Yields tokens as they are made and returns why it stopped. */
  generate(request: GenerationRequest): AsyncGenerator<GeneratedToken, StopReason, void>;
  /** Yields the texts of several prompts in the order of these. Left out: they are generated one after the other. */
  generateAll?(request: BatchGenerationRequest): AsyncGenerator<GeneratedText, void, void>;
}

export const GeneratorPoint = definePoint<Generator, "one">("generator", {
  cardinality: "one",
  failurePolicy: "closed",
});
