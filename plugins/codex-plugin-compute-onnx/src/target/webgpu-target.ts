import type { ElementType, Node } from "../ir/value.js";
import { rewrite } from "../passes/rewrite.js";
import type { Target } from "./target.js";
import { webgpuForms } from "./webgpu-forms.js";

const float: readonly ElementType[] = ["float32"];
const numbers: readonly ElementType[] = ["float32", "int32", "uint32"];
const narrow: readonly ElementType[] = [...numbers, "bool"];

/**
 * Element types of the first input that ONNX Runtime's WebGPU provider takes, by operator. What is not here it does not
 * have. Each line was tried alone with `session.disable_cpu_ep_fallback`, in version 1.30.
 */
const operators: { readonly [op: string]: readonly ElementType[] } = {
  ...all(["Add", "Sub", "Mul", "Div", "Max", "Min", "Equal", "Less", "Greater"], numbers),
  ...all(["LessOrEqual", "GreaterOrEqual", "CumSum", "ScatterElements", "GatherND", "ScatterND"], numbers),
  ...all(["ReduceSum", "ReduceMax", "ReduceMin", "ReduceMean", "ReduceProd", "Tile", "Pad"], numbers),
  ...all(["Transpose", "Concat", "Split"], numbers),
  ...all(["Where", "Reshape", "Expand", "Gather", "Identity"], narrow),
  ...all(["Pow"], ["float32", "int32"]),
  ...all(["And", "Not"], ["bool"]),
  ...all(["Neg", "Abs", "Sqrt", "Reciprocal", "Exp", "Log", "Floor", "Ceil", "Erf", "Elu", "Relu", "LeakyRelu"], float),
  ...all(["Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh", "Tanh"], float),
  ...all(["Sigmoid", "Softplus", "Softmax", "FastGelu", "LayerNormalization"], float),
  ...all(["Slice", "GatherElements", "Einsum", "MatMul", "Gemm"], float),
  Cast: [...narrow, "int64"],
};

function all(names: readonly string[], types: readonly ElementType[]): { [op: string]: readonly ElementType[] } {
  return Object.fromEntries(names.map((name) => [name, types]));
}

/** Where's first input is its condition; int64 is taken as an index alone. */
function runsOnHost({ op, inputs, outputs }: Node): boolean {
  const type = (op === "Where" ? inputs[1] : inputs[0])?.dtype;
  if (op === "Cast") return type === "uint64" || outputs[0]!.dtype === "uint64";
  return type === undefined || !operators[op]?.includes(type);
}

/** WebGPU by ONNX Runtime's provider: any GPU with Vulkan, Metal or Direct3D 12. */
export const webgpuTarget: Target = {
  device: "webgpu",
  native: false,
  slices: false,
  lower: (graph) => rewrite(graph, webgpuForms),
  runsOnHost,
};
