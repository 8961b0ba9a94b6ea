import { type Array64, zeros64 } from "./array64.js";

/** Rows of a table by id in float64. */
export function embeddingReference(table: Array64, ids: ArrayLike<number>, idShape: readonly number[]): Array64 {
  const width = table.shape[1]!;
  const rows = zeros64([...idShape, width]);
  for (let row = 0; row < ids.length; row += 1) {
    rows.data.set(table.data.subarray(ids[row]! * width, (ids[row]! + 1) * width), row * width);
  }
  return rows;
}
