import { type Array64, zeros64 } from "./array64.js";

/** Root mean square normalization over the last axis in float64. */
export function rmsNormReference(x: Array64, scale: Array64, epsilon: number): Array64 {
  const width = x.shape.at(-1)!;
  const y = zeros64(x.shape);
  for (let start = 0; start < x.data.length; start += width) {
    const row = x.data.subarray(start, start + width);
    const meanSquare = row.reduce((sum, value) => sum + value * value, 0) / width;
    for (let index = 0; index < width; index += 1) {
      y.data[start + index] = (row[index]! / Math.sqrt(meanSquare + epsilon)) * scale.data[index]!;
    }
  }
  return y;
}
