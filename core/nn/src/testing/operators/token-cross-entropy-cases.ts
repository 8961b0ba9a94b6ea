import { tokenCrossEntropy } from "../../operators/token-cross-entropy.js";
import { floats, ints, randomFloats, randomIds } from "../host-tensors.js";
import { tokenCrossEntropyReference } from "../reference/token-cross-entropy-reference.js";
import type { HostTensor } from "../test-backend.js";
import type { OperatorCase } from "./operator-case.js";

const entropyCase = (title: string, logits: HostTensor, targetIds: HostTensor): OperatorCase => ({
  title: `tokenCrossEntropy ${title}`,
  inputs: { logits },
  constants: { targetIds },
  apply: (tensors) => tokenCrossEntropy(tensors.logits!, tensors.targetIds!),
  reference: (arrays) => tokenCrossEntropyReference(arrays.logits!, arrays.targetIds!.data),
});

const sizes = [
  [1, 1],
  [1, 2],
  [3, 5],
  [7, 33],
  [33, 17],
] as const;

/** `tokenCrossEntropy`: odd sizes, and logits of ±1e4. */
export const tokenCrossEntropyCases: readonly OperatorCase[] = [
  ...sizes.map(([count, vocabSize]) =>
    entropyCase(`[${count}, ${vocabSize}]`, randomFloats([count, vocabSize], 1, 3), randomIds([count], vocabSize, 2)),
  ),
  entropyCase(
    "of logits of ±1e4",
    floats([4, 3], [1e4, -1e4, 0, 1e4, -1e4, 0, 1e4, 1e4, 1e4, -1e4, -1e4, -1e4]),
    ints([4], [0, 1, 2, 1]),
  ),
];
