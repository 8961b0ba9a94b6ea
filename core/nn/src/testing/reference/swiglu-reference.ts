import type { Array64 } from "./array64.js";

/** SwiGLU's product in float64. */
export function swigluReference(gate: Array64, up: Array64): Array64 {
  const data = gate.data.map((value, index) => (value / (1 + Math.exp(-value))) * up.data[index]!);
  return { shape: gate.shape, data };
}
