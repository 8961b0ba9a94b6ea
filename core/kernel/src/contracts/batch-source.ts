import { definePoint } from "./contribution-point.js";
import type { JsonObject, Named } from "./json.js";
import type { TypedArray } from "./tensor-data.js";

/** `train` is shuffled by the run's seed; `validation` is held out and read in order. */
export type Split = "train" | "validation";

/** Shape of one microBatch. */
export interface BatchShape {
  /** Sequences in a microBatch. */
  readonly microBatch: number;
  /** Tokens in a sequence. */
  readonly contextLength: number;
  /**
   * Rows hold several documents: batches also give `positionIds` and `segmentIds` (int32), each
   * [microBatch, contextLength]. Positions restart with each document; a token attends only to tokens of its segment.
   */
  readonly packed?: boolean;
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
  /** Every shape that a batch may have, so that all programs can be compiled ahead. Left out: the one asked for. */
  readonly shapes?: readonly BatchShape[];
  /** The microBatch at a position from 0 on. The same position always gives the same batch. */
  read(position: number): Promise<Batch>;
}

/** How far a preparation is. */
export interface PreparationProgress {
  readonly documents: number;
  readonly tokens: number;
  /** Bytes of the sources that were read, as they lie on disk. */
  readonly sourceBytes: number;
  /** Bytes of all sources; undefined where nobody knows. */
  readonly totalSourceBytes?: number;
}

/** Data that is ready to be read in batches. */
export interface PreparedData {
  /** Folder that holds it. */
  readonly folder: string;
  /** Whether this call made it; false when it was there. */
  readonly made: boolean;
  /** What `manifest.json` says: counts, digests, licences, sources. */
  readonly manifest: JsonObject;
}

/** Something that differs from a data manifest. */
export interface DataProblem {
  readonly file: string;
  readonly problem: string;
  /** Folder that is to be deleted, so that what it holds is made again. */
  readonly folder?: string;
}

/** Token batches of a corpus under a tokenizer. */
export interface BatchSource {
  /** SHA-256 (hex) of all that can change a batch: corpus, tokenizer, split and options. */
  readonly fingerprint: string;
  /** @throws CODEX_DATA_SPLIT_TOO_SHORT when the split does not hold one sequence. */
  open(split: Split, shape: BatchShape): Promise<BatchReader>;
  /** Makes all that `open` reads, where it is not made yet, and says what it is. */
  prepare?(onProgress?: (progress: PreparationProgress) => void): Promise<PreparedData>;
  /** Reads all that was prepared and compares it with its manifest. Empty when it is whole. */
  verify?(): Promise<readonly DataProblem[]>;
}

/** What a batch source tells a plan, where it is known without making tokens. */
export interface DataFacts {
  /** Tokens of the training split. */
  readonly trainTokens?: number;
  /** Tokens of the validation split. */
  readonly validationTokens?: number;
}

export const BatchSourcePoint = definePoint<BatchSource, "one", DataFacts>("batchSource", {
  section: "data",
  cardinality: "one",
  failurePolicy: "closed",
});
