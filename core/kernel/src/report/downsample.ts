/** Values of one metric by step. NaN and infinities are possible. */
export interface MetricPoints {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** A curve as it is drawn. */
export interface Curve {
  readonly name: string;
  /** Which of the eight colours it has, counted from 0 and round again. */
  readonly slot: number;
  /** Steps, not falling. */
  readonly x: readonly number[];
  /** `null` where the value is not finite: the line has a gap. */
  readonly y: readonly (number | null)[];
  /** Steps whose value is not finite; bounded as the points are. */
  readonly bad: readonly number[];
}

/**
 * A curve of at most about `maxPoints` points: of each bucket of neighbours the lowest, the highest and the ends are
 * kept, so that no peak is lost, and a gap where a value was not finite.
 */
export function downsample(name: string, slot: number, points: MetricPoints, maxPoints: number): Curve {
  const { steps, values } = points;
  const x: number[] = [];
  const y: (number | null)[] = [];
  const bad: number[] = [];
  const count = values.length;
  const bucket = count <= maxPoints ? 1 : Math.ceil(count / Math.max(1, Math.floor(maxPoints / 4)));
  for (let start = 0; start < count; start += bucket) {
    const end = Math.min(count, start + bucket);
    for (const index of keptOf(values, start, end)) {
      const value = values[index]!;
      const isDrawn = Number.isFinite(value);
      x.push(steps[index]!);
      y.push(isDrawn ? value : null);
      if (!isDrawn) bad.push(steps[index]!);
    }
  }
  return { name, slot, x, y, bad };
}

/** The indexes of a bucket that are kept, in order: ends, lowest, highest, and the first that is not finite. */
function keptOf(values: readonly number[], start: number, end: number): readonly number[] {
  if (end - start === 1) return [start];
  let low = -1;
  let high = -1;
  let bad = -1;
  for (let index = start; index < end; index++) {
    const value = values[index]!;
    if (!Number.isFinite(value)) {
      if (bad < 0) bad = index;
      continue;
    }
    if (low < 0 || value < values[low]!) low = index;
    if (high < 0 || value > values[high]!) high = index;
  }
  return [...new Set([start, low, high, bad, end - 1])].filter((index) => index >= 0).sort((a, b) => a - b);
}
