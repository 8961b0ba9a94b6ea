import type { Batch, BatchShape } from "codex-core";
import type { Row } from "./row-stream.js";

/** The segment of places that hold no token. */
const padding = -1;

/**
 * One microBatch made of rows. Places that no token fills have id 0, target 0 and lossMask 0. tokenIds, targetIds
 * [microBatch, contextLength] i32, lossMask [microBatch, contextLength] f32; of packed rows also positionIds, which
 * begin at 0 in each stretch, and segmentIds, which number the stretches of a row, both [microBatch, contextLength] i32.
 *
 * @param rows at most microBatch
 */
export function batchOfRows(rows: readonly Row[], { microBatch, contextLength, packed }: BatchShape): Batch {
  const size = microBatch * contextLength;
  const tokenIds = new Int32Array(size);
  const targetIds = new Int32Array(size);
  const lossMask = new Float32Array(size);
  const positionIds = new Int32Array(packed ? size : 0);
  const segmentIds = new Int32Array(packed ? size : 0).fill(padding);
  for (const [row, stretches] of rows.entries()) {
    let place = row * contextLength;
    for (const [segment, tokens] of stretches.entries()) {
      const inputs = tokens.length - 1;
      tokenIds.set(tokens.subarray(0, inputs), place);
      targetIds.set(tokens.subarray(1), place);
      lossMask.fill(1, place, place + inputs);
      if (packed) {
        for (let position = 0; position < inputs; position++) positionIds[place + position] = position;
        segmentIds.fill(segment, place, place + inputs);
      }
      place += inputs;
    }
  }
  return { tokenIds, targetIds, lossMask, ...(packed ? { positionIds, segmentIds } : {}) };
}
