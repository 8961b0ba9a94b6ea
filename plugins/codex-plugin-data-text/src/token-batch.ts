import type { Batch, BatchShape } from "codex-core";
import type { TokenArray } from "./token-file.js";

/**
 * One microBatch made of rows of tokens, each the target of the one before it. Rows that are short or absent leave
 * id 0 and lossMask 0. tokenIds, targetIds [microBatch, contextLength] i32, lossMask [microBatch, contextLength] f32.
 */
export function batchOf(rows: readonly TokenArray[], { microBatch, contextLength }: BatchShape): Batch {
  const tokenIds = new Int32Array(microBatch * contextLength);
  const targetIds = new Int32Array(microBatch * contextLength);
  const lossMask = new Float32Array(microBatch * contextLength);
  rows.forEach((tokens, row) => {
    const start = row * contextLength;
    const targetCount = tokens.length - 1;
    tokenIds.set(tokens.subarray(0, targetCount), start);
    targetIds.set(tokens.subarray(1), start);
    lossMask.fill(1, start, start + targetCount);
  });
  return { tokenIds, targetIds, lossMask };
}
