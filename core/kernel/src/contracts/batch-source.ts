import { definePoint } from "./contribution-point.js";
import type { Named } from "./json.js";
import type { TypedArray } from "./tensor-data.js";

/** `train` is shuffled by the run's seed; `validation` is held out and read in order. */
export type Split = "train" | "validation";

/** Shape of one microBatch. */
export interface BatchShape {
  /** Sequences in a microBatch. */
  readonly microBatch: number;
  /** Tokens in a sequence. */
  readonly contextLength: number;
}

/**
 * One microBatch, ready for a program's inputs. Token sources give `tokenIds`, `targetIds` (int32) and `lossMask`
 * (float32, 0 where a target does not count), each [microBatch, contextLength].
 */
export type Batch = Named<TypedArray>;

/** Reads microBatches by position, so that a position is all that a checkpoint has to keep. */
export interface BatchReader {
  /** MicroBatches in one pass over the split; the last one is padded with a zero lossMask where needed. */
  readonly microBatchesPerEpoch: number;
  /** Tokens in the split. */
  readonly tokenCount: number;
  /** The microBatch at a position from 0 on. The same position always gives the same batch. */
  read(position: number): Promise<Batch>;
}

/** Token batches of a corpus under a tokenizer. */
export interface BatchSource {
  /** SHA-256 (hex) of all that can change a batch: corpus, tokenizer, split and options. */
  readonly fingerprint: string;
  /** @throws CODEX_DATA_SPLIT_TOO_SHORT when the split does not hold one sequence. */
  open(split: Split, shape: BatchShape): Promise<BatchReader>;
}

export const BatchSourcePoint = definePoint<BatchSource, "one">("batchSource", {
  section: "data",
  cardinality: "one",
  failurePolicy: "closed",
});
