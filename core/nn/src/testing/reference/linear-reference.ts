import { type Array64, zeros64 } from "./array64.js";

/** x·weight + bias in float64. */
export function linearReference(x: Array64, weight: Array64, bias: Array64 | undefined, transposed: boolean): Array64 {
  const [rows, inner] = x.shape as [number, number];
  const columns = weight.shape[transposed ? 0 : 1]!;
  const y = zeros64([rows, columns]);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      let sum = bias?.data[column] ?? 0;
      for (let k = 0; k < inner; k += 1) {
        const place = transposed ? column * inner + k : k * columns + column;
        sum += x.data[row * inner + k]! * weight.data[place]!;
      }
      y.data[row * columns + column] = sum;
    }
  }
  return y;
}
