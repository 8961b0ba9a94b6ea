import { type Array64, zeros64 } from "./array64.js";

/** Layer normalization over the last axis in float64. */
export function layerNormReference(x: Array64, scale: Array64, bias: Array64 | undefined, epsilon: number): Array64 {
  const width = x.shape.at(-1)!;
  const y = zeros64(x.shape);
  for (let start = 0; start < x.data.length; start += width) {
    const row = x.data.subarray(start, start + width);
    const mean = row.reduce((sum, value) => sum + value, 0) / width;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
    const inverseStd = 1 / Math.sqrt(variance + epsilon);
    for (let index = 0; index < width; index += 1) {
      y.data[start + index] = (row[index]! - mean) * inverseStd * scale.data[index]! + (bias?.data[index] ?? 0);
    }
  }
  return y;
}
