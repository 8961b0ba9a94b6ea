import type { BatchReader, BatchShape } from "codex-core";
import { batchOfRows } from "./batch-of-rows.js";
import { epochOrders, type RowStream } from "./row-stream.js";

const shapeSalt = 0x73686170;

/** Rows that go into batches of one shape. */
export interface ShapedRows {
  readonly shape: BatchShape;
  readonly stream: RowStream;
}

/**
 * Batches of rows, by position. Each epoch has all rows of all shapes, the last microBatch of a shape filled up with
 * nothing; with a seed the shapes' microBatches come in an order of the epoch's own.
 */
export function rowBatches(shaped: readonly ShapedRows[], tokenCount: number, seed?: number): BatchReader {
  const counts = shaped.map(({ shape, stream }) => Math.ceil(stream.rowsPerEpoch / shape.microBatch));
  const microBatchesPerEpoch = counts.reduce((sum, count) => sum + count, 0);
  const orderOf = epochOrders(microBatchesPerEpoch, shaped.length > 1 ? seed : undefined, shapeSalt);
  return {
    microBatchesPerEpoch,
    tokenCount,
    shapes: shaped.map(({ shape }) => shape),
    read: async (position) => {
      const epoch = Math.floor(checked(position) / microBatchesPerEpoch);
      let place = orderOf(epoch, position % microBatchesPerEpoch);
      let index = 0;
      while (place >= (counts[index] as number)) place -= counts[index++] as number;
      const { shape, stream } = shaped[index] as ShapedRows;
      const first = place * shape.microBatch;
      const last = Math.min(first + shape.microBatch, stream.rowsPerEpoch);
      const rows = Array.from({ length: last - first }, (_, row) => stream.read(epoch, first + row));
      return batchOfRows(await Promise.all(rows), shape);
    },
  };
}

function checked(position: number): number {
  if (Number.isSafeInteger(position) && position >= 0) return position;
  throw new RangeError(`A batch's position is an integer from 0 on, not ${position}.`);
}
