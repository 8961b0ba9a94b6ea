import assert from "node:assert/strict";

/** How far a float32 result may be from its float64 reference. */
export interface Tolerance {
  /** Share of the reference's own magnitude. */
  readonly relative: number;
  /** Share of the largest magnitude in the reference, for what cancels to nearly nothing. */
  readonly ofLargest: number;
  /** Allowed in any case. Default: 1e-7, for inputs of scale 1. */
  readonly absolute?: number;
}

/** Asserts that two arrays are equal within a tolerance; names the worst element. Returns the worst share used. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: Tolerance,
  name: string,
): number {
  assert.equal(actual.length, expected.length, `${name}: length`);
  let largest = 0;
  for (let index = 0; index < expected.length; index += 1) largest = Math.max(largest, Math.abs(expected[index]!));
  const { relative, ofLargest, absolute = 1e-7 } = tolerance;
  let worst = 0;
  let place = 0;
  for (let index = 0; index < expected.length; index += 1) {
    const allowed = relative * Math.abs(expected[index]!) + ofLargest * largest + absolute;
    const share = Math.abs(actual[index]! - expected[index]!) / allowed;
    if (!(share <= worst)) {
      worst = share;
      place = index;
    }
    if (Number.isNaN(share)) break;
  }
  assert.ok(
    worst <= 1,
    `${name}: ${actual[place]} instead of ${expected[place]} at ${place} (${worst.toFixed(2)}× the tolerance)`,
  );
  return worst;
}
