import { binary, scalarLike, unary, withNumber } from "../../ir/elementwise-operators.js";
import { nativeDomain } from "../../target/target.js";
import type { KernelCall, KernelFamily } from "../recorded-kernel.js";

const slope = Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/**
 * gelu(x) = x·s with s = sigmoid(x·w) and w = 2·slope·(1 + cubic·x²), so that gelu′ = s + y·(1 − s)·(3w − 4·slope).
 */
function geluGrad({ g, native, input }: KernelCall) {
  const [dy, x, y] = [input("dy"), input("x"), input("y")];
  if (native) return g.apply("GeluGradient", [dy, x], "float32", x.shape, {}, nativeDomain);
  const w = withNumber(g, "Add", withNumber(g, "Mul", binary(g, "Mul", x, x), 2 * slope * cubic), 2 * slope);
  const s = unary(g, "Sigmoid", binary(g, "Mul", x, w));
  const tail = binary(g, "Mul", y, binary(g, "Sub", scalarLike(g, s, 1), s));
  const innerSlope = withNumber(g, "Sub", withNumber(g, "Mul", w, 3), 4 * slope);
  return binary(g, "Mul", dy, binary(g, "Add", s, binary(g, "Mul", tail, innerSlope)));
}

export const geluKernels: KernelFamily = {
  CodexGelu: ({ g, native, input }) => {
    const [op, domain] = native ? ["Gelu", nativeDomain] : ["FastGelu", "com.microsoft"];
    return g.apply(op, [input("x")], "float32", input("x").shape, {}, domain);
  },
  CodexGeluGrad: geluGrad,
};
