import { definePoint } from "./contribution-point.js";
import type { SafetyStage } from "./safety-filter.js";

/** Text that comes in pieces: what `push` and `end` return has been inspected. */
export interface SafetyStream {
  push(text: string): Promise<string>;
  end(): Promise<string>;
}

/**
 * All safety filters of a run as one; the kernel provides it. Parts that handle text depend on it.
 */
export interface SafetyGate {
  /**
   * SHA-256 (hex) over the fingerprints of the filters in use; of nothing when there are none. Changes when an optional
   * filter fails and is left out.
   */
  readonly fingerprint: string;
  /**
   * The texts as they may be used: redacted where a filter says so, `undefined` where a document is dropped.
   * `names` tell where each text is from, for the record.
   *
   * @throws CODEX_SAFETY_REFUSED when a filter refuses or fails (exit code 3).
   */
  inspect(
    texts: readonly string[],
    stage: SafetyStage,
    names?: readonly string[],
  ): Promise<readonly (string | undefined)[]>;
  stream(stage: SafetyStage): SafetyStream;
}

export const SafetyGatePoint = definePoint<SafetyGate, "one">("safetyGate", {
  section: "safety",
  cardinality: "one",
  failurePolicy: "closed",
});
