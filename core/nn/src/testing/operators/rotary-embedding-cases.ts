import { rotaryEmbedding } from "../../operators/rotary-embedding.js";
import { ints, randomFloats, randomIds } from "../host-tensors.js";
import { rotaryEmbeddingReference } from "../reference/rotary-embedding-reference.js";
import type { HostTensor } from "../test-backend.js";
import type { OperatorCase } from "./operator-case.js";

function rotaryCase(title: string, shape: readonly number[], positions: HostTensor, base = 10_000): OperatorCase[] {
  return [false, true].map((interleaved) => ({
    title: `rotaryEmbedding ${title}${interleaved ? ", interleaved" : ""}`,
    inputs: { x: randomFloats(shape, 1) },
    constants: { positions },
    apply: (tensors) => rotaryEmbedding(tensors.x!, tensors.positions!, { base, interleaved }),
    reference: (arrays) => rotaryEmbeddingReference(arrays.x!, arrays.positions!.data, { base, interleaved }),
  }));
}

/** `rotaryEmbedding`: odd sizes, far places, places of each sequence's own. */
export const rotaryEmbeddingCases: readonly OperatorCase[] = [
  ...rotaryCase("[1, 1, 1, 2] at 3", [1, 1, 1, 2], ints([1], [3])),
  ...rotaryCase("[5, 3, 2, 6] in order", [5, 3, 2, 6], ints([5], [0, 1, 2, 3, 4])),
  ...rotaryCase("[3, 2, 3, 34] at places of each sequence", [3, 2, 3, 34], randomIds([3, 2], 100, 2)),
  ...rotaryCase("[3, 1, 2, 10] far away, base 500000", [3, 1, 2, 10], ints([3], [8191, 131071, 7]), 500_000),
];
