import { linear } from "../../operators/linear.js";
import { randomFloats } from "../host-tensors.js";
import { linearReference } from "../reference/linear-reference.js";
import type { OperatorCase } from "./operator-case.js";

const sizes = [
  [1, 1, 1],
  [2, 3, 5],
  [5, 1, 2],
  [7, 17, 33],
  [33, 5, 1],
] as const;

/** `linear`, with and without bias, with either layout of the weight. */
export const linearCases: readonly OperatorCase[] = sizes.flatMap(([rows, inner, columns]) =>
  [true, false].flatMap((withBias) =>
    [true, false].map((transposeWeight): OperatorCase => {
      const weightShape = transposeWeight ? [columns, inner] : [inner, columns];
      return {
        title: `linear [${rows}, ${inner}] × [${weightShape}]${withBias ? " + bias" : ""}`,
        inputs: {
          x: randomFloats([rows, inner], 1),
          weight: randomFloats(weightShape, 2),
          ...(withBias ? { bias: randomFloats([columns], 3) } : {}),
        },
        apply: ({ x, weight, bias }) => linear(x!, weight!, bias, { transposeWeight }),
        reference: ({ x, weight, bias }) => linearReference(x!, weight!, bias, transposeWeight),
      };
    }),
  ),
);
