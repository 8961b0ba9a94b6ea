/** Middle value; of an even count, the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median with the smallest and the largest value. */
export function spread(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * Spread of the ratios of values that were taken in the same round, so that what slows a whole round cancels.
 *
 * @param {readonly number[]} dividends one a round
 * @param {readonly number[]} divisors one a round
 */
export function pairwiseRatio(dividends, divisors) {
  if (dividends.length !== divisors.length) throw new RangeError("Ratios want a pair in every round.");
  return spread(dividends.map((dividend, round) => dividend / divisors[round]));
}

/** The names in another order every round: each comes first, and last, equally often. */
export function turnsOf(names, round) {
  const shift = Math.floor(round / 2) % names.length;
  const turned = [...names.slice(shift), ...names.slice(0, shift)];
  return round % 2 ? turned.reverse() : turned;
}
