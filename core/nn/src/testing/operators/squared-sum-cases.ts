import { squaredSum } from "../../operators/squared-sum.js";
import { randomFloats } from "../host-tensors.js";
import type { OperatorCase } from "./operator-case.js";

/** `squaredSum`: odd sizes and ranks. */
export const squaredSumCases: readonly OperatorCase[] = [[1], [2], [3, 5], [7, 17, 33], [1025], [2051]].map(
  (shape) => ({
    title: `squaredSum [${shape}]`,
    inputs: { x: randomFloats(shape, 1) },
    apply: ({ x }) => squaredSum(x!),
    reference: ({ x }) => ({
      shape: [],
      data: Float64Array.of(x!.data.reduce((sum, value) => sum + value * value, 0)),
    }),
  }),
);
