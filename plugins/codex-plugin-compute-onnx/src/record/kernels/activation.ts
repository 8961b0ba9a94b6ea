import { binary, scalarLike, select, unary, withNumber } from "../../ir/elementwise-operators.js";
import type { GraphBuilder } from "../../ir/graph-builder.js";
import { transpose } from "../../ir/movement-operators.js";
import { float, int, type Value } from "../../ir/value.js";
import type { KernelFamily, RecordedKernel } from "../recorded-kernel.js";

const one =
  (op: string): RecordedKernel =>
  ({ g, input }) =>
    unary(g, op, input("x"));

/** Softmax or LogSoftmax over an axis: ONNX Runtime has a fast form for the last one. */
export function softmax(g: GraphBuilder, op: "Softmax" | "LogSoftmax", x: Value, axis: number): Value {
  const last = x.shape.length - 1;
  const place = axis < 0 ? axis + x.shape.length : axis;
  if (place === last) return g.apply(op, [x], x.dtype, x.shape, { axis: int(-1) });
  const swap = x.shape.map((_, index) => (index === place ? last : index === last ? place : index));
  return transpose(g, softmax(g, op, transpose(g, x, swap), last), swap);
}

/** Neural-network activations. */
export const activationKernels: KernelFamily = {
  Tanh: one("Tanh"),
  Sigmoid: one("Sigmoid"),
  Softplus: one("Softplus"),
  Erf: one("Erf"),
  Elu: one("Elu"),
  Selu: one("Selu"),
  Relu: ({ g, input }) => {
    const x = input("x");
    return x.dtype === "float32" ? unary(g, "Relu", x) : withNumber(g, "Max", x, 0);
  },
  Relu6: ({ g, input }) => withNumber(g, "Min", withNumber(g, "Max", input("x"), 0), 6),
  LeakyRelu: ({ g, input, attrs }) =>
    g.apply("LeakyRelu", [input("x")], "float32", input("x").shape, { alpha: float(attrs.get<number>("alpha")) }),
  Prelu: ({ g, input }) => {
    const [x, alpha] = [input("x"), input("alpha")];
    return select(g, withNumber(g, "Less", x, 0, "bool"), binary(g, "Mul", x, alpha), x);
  },
  EluGrad: ({ g, input }) => {
    const [dy, y] = [input("dy"), input("y")];
    const below = binary(g, "Mul", dy, withNumber(g, "Add", y, 1));
    return select(g, binary(g, "GreaterOrEqual", y, scalarLike(g, y, 0), "bool"), dy, below);
  },
  Softmax: ({ g, input, attrs }) => softmax(g, "Softmax", input("logits"), attrs.get<number>("dim")),
  LogSoftmax: ({ g, input, attrs }) => softmax(g, "LogSoftmax", input("logits"), attrs.get<number>("axis")),
};
