import type { ContributionPoint } from "../contracts/contribution-point.js";

/** Points whose providers may have long work to do before they answer: they read data, or compile. */
const slowPoints = new Set(["corpus", "batchSource", "tokenizer", "compute"]);

/** Milliseconds that a point's provider may take. */
export function limitOf(
  { key }: ContributionPoint<unknown>,
  { createMs, slowCreateMs }: { readonly createMs: number; readonly slowCreateMs: number },
): number {
  return slowPoints.has(key) ? slowCreateMs : createMs;
}
