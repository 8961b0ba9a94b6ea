import { reshape, sliceAxis } from "../../ir/movement-operators.js";
import { sizeOf } from "../../ir/value.js";
import type { KernelCall, KernelFamily } from "../recorded-kernel.js";

/**
 * x + z, where z is a zero that waits for the gate: chosen by one of its elements, out of two zeros. Negative zero
 * changes no bit of any float32, zero none of any int32. ONNX Runtime may write the sum over x.
 */
function after({ g, input }: KernelCall) {
  const [x, gate] = [input("x"), input("gate")];
  const first = sliceAxis(g, reshape(g, gate, [sizeOf(gate.shape)]), 0, 0, 1);
  const zero = g.fill(x.dtype, [1], x.dtype === "float32" ? -0 : 0);
  const chosen = g.apply("Where", [g.apply("IsNaN", [first], "bool", [1]), zero, zero], x.dtype, [1]);
  return g.apply("Add", [x, chosen], x.dtype, x.shape);
}

export const afterKernels: KernelFamily = { CodexAfter: after };
