import { embedding } from "../../operators/embedding.js";
import { ints, randomFloats, randomIds } from "../host-tensors.js";
import { embeddingReference } from "../reference/embedding-reference.js";
import type { HostTensor } from "../test-backend.js";
import type { OperatorCase } from "./operator-case.js";

const embeddingCase = (title: string, table: HostTensor, ids: HostTensor): OperatorCase => ({
  title: `embedding ${title}`,
  inputs: { table },
  constants: { ids },
  apply: (tensors) => embedding(tensors.table!, tensors.ids!),
  reference: (arrays) => embeddingReference(arrays.table!, arrays.ids!.data, ids.shape),
});

/** `embedding`: odd sizes, ids of one or two axes, ids that repeat. */
export const embeddingCases: readonly OperatorCase[] = [
  embeddingCase("[1, 1] by [1]", randomFloats([1, 1], 1), ints([1], [0])),
  embeddingCase("[5, 3] by [7]", randomFloats([5, 3], 1), randomIds([7], 5, 2)),
  embeddingCase("[33, 17] by [3, 5]", randomFloats([33, 17], 1), randomIds([3, 5], 33, 2)),
  embeddingCase("[7, 5] by 257 equal ids", randomFloats([7, 5], 1), ints([257], new Array<number>(257).fill(3))),
];
