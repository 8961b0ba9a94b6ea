import { definePoint } from "./contribution-point.js";

/** What kind of text is inspected. */
export type SafetyStage = "data" | "prompt" | "completion";

/** A place in the inspected text: UTF-16 indices, end exclusive. */
export interface SafetySpan {
  readonly start: number;
  readonly end: number;
  readonly rule: string;
}

/**
 * `allow`; `redact`: replace the spans by `replacement`; `refuse`: the text is not used. A refused document stops the
 * run unless the filter's `drop` says to leave it out.
 */
export interface SafetyVerdict {
  readonly action: "allow" | "redact" | "drop" | "refuse";
  readonly spans: readonly SafetySpan[];
  readonly replacement?: string;
  /** Why, without the text itself: it may be private. */
  readonly reason?: string;
}

/** Looks at text before it is used. Fails closed: a filter that throws refuses. */
export interface SafetyFilter {
  /** SHA-256 (hex) of all that can change a verdict. */
  readonly fingerprint: string;
  /** Longest match in UTF-16 units; a stream holds so much text back, so that a match across chunks is seen. */
  readonly maxMatchLength: number;
  /** One verdict for each text. */
  inspect(texts: readonly string[], stage: SafetyStage, signal: AbortSignal): Promise<readonly SafetyVerdict[]>;
}

export const SafetyPoint = definePoint<SafetyFilter, "many">("safety", {
  cardinality: "many",
  failurePolicy: "closed",
});
