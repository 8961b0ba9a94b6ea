import { rmsNorm } from "../../operators/rms-norm.js";
import { floats, randomFloats } from "../host-tensors.js";
import { rmsNormReference } from "../reference/rms-norm-reference.js";
import type { HostTensor } from "../test-backend.js";
import type { OperatorCase } from "./operator-case.js";

const epsilon = 1e-5;

const rmsNormCase = (title: string, x: HostTensor): OperatorCase => ({
  title: `rmsNorm ${title}`,
  inputs: { x, scale: randomFloats([x.shape.at(-1)!], 2) },
  apply: ({ x: input, scale }) => rmsNorm(input!, scale!, epsilon),
  reference: ({ x: input, scale }) => rmsNormReference(input!, scale!, epsilon),
});

const shapes = [
  [1, 2],
  [2, 3],
  [7, 5],
  [3, 2, 17],
  [33, 33],
];

/** `rmsNorm`: odd sizes, tiny and large values, rows of zeros. */
export const rmsNormCases: readonly OperatorCase[] = [
  ...shapes.map((shape) => rmsNormCase(`[${shape}]`, randomFloats(shape, 1))),
  { ...rmsNormCase("of tiny values", randomFloats([3, 7], 1, 1e-4)), step: 1e-7 },
  { ...rmsNormCase("of zeros", floats([2, 5], new Float32Array(10))), step: 1e-6 },
  {
    ...rmsNormCase("of large values", randomFloats([3, 7], 1, 1e4)),
    tolerance: { gradient: { relative: 1e-4, ofLargest: 1e-4 } },
  },
];
