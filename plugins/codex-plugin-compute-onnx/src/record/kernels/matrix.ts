import { binary, unary } from "../../ir/elementwise-operators.js";
import { matMul } from "../../ir/matrix-operators.js";
import { type KernelCall, type KernelFamily, refuseForm } from "../recorded-kernel.js";

const product = ({ g, input, attrs }: KernelCall) =>
  matMul(g, input("a"), input("b"), attrs.get<boolean>("transposeA"), attrs.get<boolean>("transposeB"));

const activations: { readonly [name: string]: string | undefined } = {
  relu: "Relu",
  sigmoid: "Sigmoid",
  tanh: "Tanh",
  elu: "Elu",
};

/** Matrix products. */
export const matrixKernels: KernelFamily = {
  BatchMatMul: product,
  _FusedMatMul: (call) => {
    const { g, optional, attrs } = call;
    const bias = optional("bias");
    const sum = bias ? binary(g, "Add", product(call), bias) : product(call);
    const activation = attrs.get<string | undefined>("activation") ?? "linear";
    if (activation === "linear") return sum;
    return unary(g, activations[activation] ?? refuseForm("_FusedMatMul", `activation ${activation}`), sum);
  },
  Einsum: ({ g, inputs, attrs }) => {
    const equation = attrs.get<string>("equation").replaceAll(" ", "");
    const [terms, result] = equation.split("->") as [string, string | undefined];
    if (result === undefined || equation.includes(".")) refuseForm("Einsum", `equation ${equation}`);
    const extents = new Map<string, number>();
    terms.split(",").forEach((term, index) => {
      [...term].forEach((label, axis) => {
        extents.set(label, inputs[index]!.shape[axis]!);
      });
    });
    const shape = [...result].map((label) => extents.get(label)!);
    return g.apply("Einsum", inputs, inputs[0]!.dtype, shape, { equation: { kind: "string", value: equation } });
  },
};
