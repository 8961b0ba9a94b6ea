import type { Array64 } from "./array64.js";

/** GELU, tanh form, in float64. */
export function geluReference(x: Array64): Array64 {
  const one = (value: number) =>
    0.5 * value * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (value + 0.044715 * value ** 3)));
  return { shape: x.shape, data: x.data.map(one) };
}
