import { util } from "@tensorflow/tfjs-core";
import { cast } from "../../ir/elementwise-operators.js";
import { reshape } from "../../ir/movement-operators.js";
import { reduce } from "../../ir/reduction-operators.js";
import { int, type Value } from "../../ir/value.js";
import type { KernelCall, KernelFamily, RecordedKernel } from "../recorded-kernel.js";

function axesOf({ attrs }: KernelCall, x: Value, attribute: string): number[] {
  return util.parseAxisParam(attrs.get<number | number[]>(attribute), [...x.shape]).sort((a, b) => a - b);
}

const over =
  (op: string, attribute = "axis"): RecordedKernel =>
  (call) => {
    const x = call.input("x");
    return reduce(call.g, op, x, axesOf(call, x, attribute), call.attrs.get<boolean | undefined>("keepDims"));
  };

/** All and Any: minimum and maximum of ones and zeros. */
const logical =
  (op: string): RecordedKernel =>
  (call) => {
    const x = call.input("x");
    const numbers = cast(call.g, x, "int32");
    const keepDims = call.attrs.get<boolean | undefined>("keepDims");
    return cast(call.g, reduce(call.g, op, numbers, axesOf(call, x, "axis"), keepDims), "bool");
  };

const place =
  (op: string): RecordedKernel =>
  (call) => {
    const x = call.input("x");
    const axis = axesOf(call, x, "axis")[0] ?? 0;
    const shape = x.shape.filter((_, index) => index !== axis);
    const options = { axis: int(axis), keepdims: int(0) };
    return cast(call.g, call.g.apply(op, [x], "int64", shape, options), "int32");
  };

/** Sums, means, extrema, their places, running sums, the k largest. */
export const reductionKernels: KernelFamily = {
  Sum: over("ReduceSum"),
  Prod: over("ReduceProd"),
  Min: over("ReduceMin"),
  Max: over("ReduceMax", "reductionIndices"),
  Mean: (call) => {
    const x = cast(call.g, call.input("x"), "float32");
    return reduce(call.g, "ReduceMean", x, axesOf(call, x, "axis"), call.attrs.get<boolean | undefined>("keepDims"));
  },
  All: logical("ReduceMin"),
  Any: logical("ReduceMax"),
  ArgMax: place("ArgMax"),
  ArgMin: place("ArgMin"),
  Cumsum: ({ g, input, attrs }) => {
    const x = input("x");
    const axis = attrs.get<number>("axis");
    const place = g.constant("int64", [], BigInt64Array.of(BigInt(axis < 0 ? axis + x.shape.length : axis)));
    const options = {
      exclusive: int(attrs.get<boolean>("exclusive") ? 1 : 0),
      reverse: int(attrs.get<boolean>("reverse") ? 1 : 0),
    };
    return g.apply("CumSum", [x, place], x.dtype, x.shape, options);
  },
  TopK: ({ g, input, attrs }) => {
    const x = input("x");
    const k = attrs.get<number>("k");
    const shape = [...x.shape.slice(0, -1), k];
    const specs = [
      { dtype: x.dtype, shape },
      { dtype: "int64" as const, shape },
    ];
    const node = g.node("TopK", [x, reshape(g, g.int64s([k]), [1])], specs, { axis: int(-1), sorted: int(1) });
    return [node.outputs[0]!, cast(g, node.outputs[1]!, "int32")];
  },
};
