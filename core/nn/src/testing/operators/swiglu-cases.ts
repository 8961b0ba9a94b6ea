import { swiglu } from "../../operators/swiglu.js";
import { floats, randomFloats } from "../host-tensors.js";
import { swigluReference } from "../reference/swiglu-reference.js";
import type { HostTensor } from "../test-backend.js";
import type { OperatorCase } from "./operator-case.js";

const swigluCase = (title: string, gate: HostTensor): OperatorCase => ({
  title: `swiglu ${title}`,
  inputs: { gate, up: randomFloats(gate.shape, 2) },
  apply: ({ gate: first, up }) => swiglu(first!, up!),
  reference: ({ gate: first, up }) => swigluReference(first!, up!),
  tolerance: { value: { relative: 1e-6, ofLargest: 1e-7 }, gradient: { relative: 1e-6, ofLargest: 3e-7 } },
});

/** `swiglu`: odd sizes and extreme values. */
export const swigluCases: readonly OperatorCase[] = [
  ...[[1], [7], [3, 5], [2, 17, 3], [33, 33]].map((shape) => swigluCase(`[${shape}]`, randomFloats(shape, 1, 2))),
  swigluCase("of extreme values", floats([8], [0, -0, 10, -10, 1e4, -1e4, 1e-6, -1e-6])),
];
