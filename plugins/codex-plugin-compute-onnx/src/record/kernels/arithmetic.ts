import { binary, cast, scalarLike, select, unary, withNumber } from "../../ir/elementwise-operators.js";
import type { GraphBuilder } from "../../ir/graph-builder.js";
import type { Value } from "../../ir/value.js";
import type { KernelFamily, RecordedKernel } from "../recorded-kernel.js";

const both =
  (op: string): RecordedKernel =>
  ({ g, input }) =>
    binary(g, op, input("a"), input("b"));

const one =
  (op: string): RecordedKernel =>
  ({ g, input }) =>
    unary(g, op, input("x"));

/** Operators that ONNX has for floats alone; tfjs-core lets integers through. */
const oneFloat =
  (op: string): RecordedKernel =>
  ({ g, input }) =>
    unary(g, op, cast(g, input("x"), "float32"));

/** Rounding leaves integers as they are. */
const rounding =
  (op: string): RecordedKernel =>
  ({ g, input }) =>
    input("x").dtype === "float32" ? unary(g, op, input("x")) : input("x");

/** a − b·⌊a/b⌋: the remainder with the divisor's sign. */
function floorMod(g: GraphBuilder, a: Value, b: Value): Value {
  if (a.dtype !== "float32") return binary(g, "Mod", a, b);
  return binary(g, "Sub", a, binary(g, "Mul", b, unary(g, "Floor", binary(g, "Div", a, b))));
}

/** log(1 + x) that keeps its digits near zero. @source Higham, Accuracy and Stability, section 1.14.1 */
function log1p(g: GraphBuilder, x: Value): Value {
  const u = withNumber(g, "Add", x, 1);
  const below = withNumber(g, "Sub", u, 1);
  const log = unary(g, "Log", u);
  const corrected = binary(g, "Mul", log, binary(g, "Div", x, below));
  // Where 1 + x is x, nothing was lost, and infinity divided by itself is no number.
  const lossless = select(g, binary(g, "Equal", u, x, "bool"), log, corrected);
  return select(g, withNumber(g, "Equal", below, 0, "bool"), x, lossless);
}

/** exp(x) − 1 that keeps its digits near zero. @source Higham, Accuracy and Stability, section 1.14.1 */
function expm1(g: GraphBuilder, x: Value): Value {
  const u = unary(g, "Exp", x);
  const below = withNumber(g, "Sub", u, 1);
  const corrected = binary(g, "Mul", below, binary(g, "Div", x, unary(g, "Log", u)));
  const far = withNumber(g, "Greater", unary(g, "Abs", x), 1, "bool");
  return select(g, withNumber(g, "Equal", below, 0, "bool"), x, select(g, far, below, corrected));
}

/** Sums, products, powers, roots, exponentials, logarithms, trigonometry. */
export const arithmeticKernels: KernelFamily = {
  Add: both("Add"),
  Sub: both("Sub"),
  Multiply: both("Mul"),
  RealDiv: both("Div"),
  Pow: both("Pow"),
  Maximum: both("Max"),
  Minimum: both("Min"),
  AddN: ({ g, inputs }) => {
    const first = inputs[0]!;
    if (inputs.length > 2 && first.dtype === "float32") return g.apply("Sum", inputs, first.dtype, first.shape);
    return inputs.reduce((sum, next) => binary(g, "Add", sum, next));
  },
  SquaredDifference: ({ g, input }) => {
    const difference = binary(g, "Sub", input("a"), input("b"));
    return binary(g, "Mul", difference, difference);
  },
  FloorDiv: ({ g, input }) => {
    const [a, b] = [input("a"), input("b")];
    if (a.dtype === "float32") return unary(g, "Floor", binary(g, "Div", a, b));
    return binary(g, "Div", binary(g, "Sub", a, floorMod(g, a, b)), b);
  },
  Mod: ({ g, input }) => floorMod(g, input("a"), input("b")),
  Square: ({ g, input }) => binary(g, "Mul", input("x"), input("x")),
  Neg: one("Neg"),
  Abs: one("Abs"),
  Sign: one("Sign"),
  Sqrt: oneFloat("Sqrt"),
  Rsqrt: ({ g, input }) => unary(g, "Reciprocal", unary(g, "Sqrt", input("x"))),
  Reciprocal: oneFloat("Reciprocal"),
  Exp: oneFloat("Exp"),
  Expm1: ({ g, input }) => expm1(g, input("x")),
  Log: oneFloat("Log"),
  Log1p: ({ g, input }) => log1p(g, input("x")),
  Floor: rounding("Floor"),
  Ceil: rounding("Ceil"),
  Round: rounding("Round"),
  Sin: oneFloat("Sin"),
  Cos: oneFloat("Cos"),
  Tan: oneFloat("Tan"),
  Asin: oneFloat("Asin"),
  Acos: oneFloat("Acos"),
  Atan: oneFloat("Atan"),
  Sinh: oneFloat("Sinh"),
  Cosh: oneFloat("Cosh"),
  Asinh: oneFloat("Asinh"),
  Acosh: oneFloat("Acosh"),
  Atanh: oneFloat("Atanh"),
  Step: ({ g, input, attrs }) => {
    const x = input("x");
    const alpha = scalarLike(g, x, attrs.get<number>("alpha"));
    const step = select(g, withNumber(g, "Greater", x, 0, "bool"), scalarLike(g, x, 1), alpha);
    return select(g, unary(g, "IsNaN", x, "bool"), x, step);
  },
  ClipByValue: ({ g, input, attrs }) => {
    const lower = withNumber(g, "Max", input("x"), attrs.get<number>("clipValueMin"));
    return withNumber(g, "Min", lower, attrs.get<number>("clipValueMax"));
  },
};
