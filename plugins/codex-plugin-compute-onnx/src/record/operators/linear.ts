import { binary } from "../../ir/elementwise-operators.js";
import { gemm } from "../../ir/matrix-operators.js";
import type { KernelFamily } from "../recorded-kernel.js";

/** x·W + b. The bias is an addition of its own here; passes decide where it goes. */
export const linearKernels: KernelFamily = {
  CodexLinear: ({ g, input, optional, attrs }) => {
    const product = gemm(g, input("x"), input("weight"), { transB: attrs.get<boolean>("transposeWeight") });
    const bias = optional("bias");
    return bias ? binary(g, "Add", product, bias) : product;
  },
};
