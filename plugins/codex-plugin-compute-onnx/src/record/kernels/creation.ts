import type { DataType } from "@tensorflow/tfjs-core";
import { dataOf } from "../../ir/graph-builder.js";
import { elementType, type KernelFamily } from "../recorded-kernel.js";

/** Tensors out of nothing: fills stay numbers, sequences are constants. */
export const creationKernels: KernelFamily = {
  Fill: ({ g, attrs }) => {
    const value = attrs.get<number>("value");
    return g.fill(elementType(attrs.get<DataType | undefined>("dtype")), attrs.get<number[]>("shape"), value);
  },
  ZerosLike: ({ g, input }) => g.fill(input("x").dtype, input("x").shape, 0),
  OnesLike: ({ g, input }) => g.fill(input("x").dtype, input("x").shape, 1),
  Range: ({ g, attrs }) => {
    const [start, stop, step] = [attrs.get<number>("start"), attrs.get<number>("stop"), attrs.get<number>("step")];
    const length = Math.max(0, Math.ceil((stop - start) / (step === 0 ? 1 : step)));
    const dtype = elementType(attrs.get<DataType | undefined>("dtype"));
    const values = Array.from({ length }, (_, index) => start + index * step);
    return g.constant(dtype, [length], dataOf(dtype, values));
  },
  LinSpace: ({ g, attrs }) => {
    const [start, stop, count] = [attrs.get<number>("start"), attrs.get<number>("stop"), attrs.get<number>("num")];
    const step = (stop - start) / Math.max(1, count - 1);
    return g.constant(
      "float32",
      [count],
      Float32Array.from({ length: count }, (_, index) => start + index * step),
    );
  },
};
