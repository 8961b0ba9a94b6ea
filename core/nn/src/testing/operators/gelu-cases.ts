import { gelu } from "../../operators/gelu.js";
import { floats, randomFloats } from "../host-tensors.js";
import { geluReference } from "../reference/gelu-reference.js";
import type { HostTensor } from "../test-backend.js";
import type { OperatorCase } from "./operator-case.js";

const geluCase = (title: string, x: HostTensor): OperatorCase => ({
  title: `gelu ${title}`,
  inputs: { x },
  apply: ({ x: input }) => gelu(input!),
  reference: ({ x: input }) => geluReference(input!),
  tolerance: { value: { relative: 1e-6, ofLargest: 1e-7 }, gradient: { relative: 1e-6, ofLargest: 3e-7 } },
});

/** `gelu`: odd sizes and extreme values. */
export const geluCases: readonly OperatorCase[] = [
  ...[[1], [7], [3, 5], [2, 17, 3], [33, 33]].map((shape) => geluCase(`[${shape}]`, randomFloats(shape, 1, 2))),
  geluCase("of extreme values", floats([8], [0, -0, 10, -10, 1e4, -1e4, 1e-6, -1e-6])),
];
