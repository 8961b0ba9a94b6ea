import { gather, reshape, type Tensor, type Tensor1D, type Tensor2D, unsortedSegmentSum } from "@tensorflow/tfjs-core";
import { checkInt32, checkShape } from "./check-shapes.js";
import { defineOperator } from "./operator.js";

/** `CodexEmbeddingGrad`: dy [..., C], ids int32 [...] → dTable [vocabSize, C]; rows of equal ids add up. */
export const embeddingGradOperator = defineOperator<{ dy: Tensor; ids: Tensor }, { readonly vocabSize: number }>({
  kernelName: "CodexEmbeddingGrad",
  compose({ dy, ids }, { vocabSize }) {
    const rows = reshape(dy, [ids.size, dy.shape.at(-1)!]);
    return [unsortedSegmentSum(rows, reshape(ids, [ids.size]) as Tensor1D, vocabSize)];
  },
});

/** `CodexEmbedding`: table [V, C], ids int32 [...] → rows [..., C]. */
export const embeddingOperator = defineOperator<{ table: Tensor; ids: Tensor }, Record<never, never>>({
  kernelName: "CodexEmbedding",
  compose({ table, ids }) {
    const rows = gather(table as Tensor2D, reshape(ids, [ids.size]));
    return [reshape(rows, [...ids.shape, table.shape[1]!])];
  },
  gradient: {
    inputsToSave: ["table", "ids"],
    gradFunc(dy, saved) {
      const [table, ids] = saved as [Tensor, Tensor];
      return { table: () => embeddingGradOperator.run({ dy: dy as Tensor, ids }, { vocabSize: table.shape[0]! })[0]! };
    },
  },
});

/**
 * Rows of a table by id. The gradient adds up the rows of equal ids.
 *
 * table [V, C] f32, ids int32 of any shape, each in [0, V) → [..., C] f32.
 *
 * @throws CODEX_NN_SHAPE when the shapes do not fit.
 */
export function embedding(table: Tensor, ids: Tensor): Tensor {
  checkShape("embedding", "table", table, [undefined, undefined]);
  checkInt32("embedding", "ids", ids);
  return embeddingOperator.run({ table, ids }, {})[0]!;
}
