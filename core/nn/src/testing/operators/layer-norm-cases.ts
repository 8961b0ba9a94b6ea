import { layerNorm } from "../../operators/layer-norm.js";
import { floats, randomFloats } from "../host-tensors.js";
import { layerNormReference } from "../reference/layer-norm-reference.js";
import type { HostTensor } from "../test-backend.js";
import type { OperatorCase } from "./operator-case.js";

const epsilon = 1e-5;

function layerNormCase(title: string, x: HostTensor, withBias: boolean): OperatorCase {
  const width = x.shape.at(-1)!;
  return {
    title: `layerNorm ${title}${withBias ? "" : " without bias"}`,
    inputs: {
      x,
      scale: randomFloats([width], 2),
      ...(withBias ? { bias: randomFloats([width], 3) } : {}),
    },
    apply: ({ x: input, scale, bias }) => layerNorm(input!, scale!, bias, epsilon),
    reference: ({ x: input, scale, bias }) => layerNormReference(input!, scale!, bias, epsilon),
  };
}

const shapes = [
  [1, 2],
  [2, 3],
  [7, 5],
  [3, 2, 17],
  [33, 33],
  [5, 1],
];

/** `layerNorm`: odd sizes, rows without variance, rows far from zero. */
export const layerNormCases: readonly OperatorCase[] = [
  ...shapes.flatMap((shape) =>
    [true, false].map((withBias) => layerNormCase(`[${shape}]`, randomFloats(shape, 1), withBias)),
  ),
  { ...layerNormCase("of tiny values", randomFloats([3, 7], 1, 1e-4), true), step: 1e-7 },
  {
    ...layerNormCase("of large values", randomFloats([3, 7], 1, 1e4), true),
    tolerance: { gradient: { relative: 1e-4, ofLargest: 1e-4 } },
  },
  {
    ...layerNormCase(
      "of values far from zero",
      floats([2, 5], [1000, 1001, 999, 1002, 1000, -500, -501, -502, -499, -500]),
      true,
    ),
    tolerance: { value: { relative: 1e-4, ofLargest: 1e-4 }, gradient: { relative: 1e-3, ofLargest: 1e-3 } },
  },
];
