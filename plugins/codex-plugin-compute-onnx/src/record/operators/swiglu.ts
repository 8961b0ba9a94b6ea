import { nativeDomain } from "../../target/target.js";
import type { KernelFamily } from "../recorded-kernel.js";

export const swigluKernels: KernelFamily = {
  CodexSwiGlu: ({ g, input }) =>
    g.apply("SwiGlu", [input("gate"), input("up")], "float32", input("gate").shape, {}, nativeDomain),
  CodexSwiGluGrad: ({ g, input }) => {
    const inputs = [input("dy"), input("gate"), input("up")];
    const specs = inputs.slice(1).map(({ dtype, shape }) => ({ dtype, shape }));
    return g.node("SwiGluGradient", inputs, specs, {}, nativeDomain).outputs;
  },
};
