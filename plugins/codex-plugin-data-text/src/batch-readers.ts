import type { BatchReader, BatchShape } from "codex-core";
import { createPermutation, mixWords, seedWords } from "./permutation.js";
import { batchOf } from "./token-batch.js";
import type { TokenArray, TokenFile } from "./token-file.js";

/** Reads `count` tokens from `start` on, and sees that the vocabulary has them. */
export type TokenRead = (start: number, count: number) => Promise<TokenArray>;

/**
 * The training split: windows of contextLength + 1 tokens that overlap by one. With a seed, the windows of an epoch
 * come in an order of the epoch's own, and start at a place of its own, so that a token is not always seen behind the
 * same ones; each epoch leaves out fewer than 2 × contextLength tokens at the split's ends for that. Without a seed
 * they come in order, from the first token on.
 */
export function trainReader(read: TokenRead, tokenCount: number, shape: BatchShape, seed?: number): BatchReader {
  const { microBatch, contextLength } = shape;
  const shuffled = Math.max(1, Math.floor((tokenCount - contextLength) / contextLength));
  const windows = seed === undefined ? Math.floor((tokenCount - 1) / contextLength) : shuffled;
  const phases = Math.min(contextLength, tokenCount - windows * contextLength);
  const microBatchesPerEpoch = Math.ceil(windows / microBatch);
  const epochOf = (epoch: number): Epoch => {
    if (seed === undefined) return { epoch, phase: 0, order: (index) => index };
    const key = [...seedWords(seed), epoch];
    return { epoch, phase: mixWords(0x70686173, ...key) % phases, order: createPermutation(windows, ...key) };
  };
  let current = epochOf(0);
  return {
    microBatchesPerEpoch,
    tokenCount,
    read: async (position) => {
      const epoch = Math.floor(checked(position) / microBatchesPerEpoch);
      if (current.epoch !== epoch) current = epochOf(epoch);
      const { phase, order } = current;
      const first = (position % microBatchesPerEpoch) * microBatch;
      const last = Math.min(first + microBatch, windows);
      const starts = rangeOf(first, last).map((index) => phase + order(index) * contextLength);
      return batchOf(await Promise.all(starts.map((start) => read(start, contextLength + 1))), shape);
    },
  };
}

/**
 * The held-out split: every token but the first is the target of exactly one place, in order; the rest of the last
 * microBatch has lossMask 0. Positions past the end begin again.
 */
export function validationReader(read: TokenRead, tokenCount: number, shape: BatchShape): BatchReader {
  const { microBatch, contextLength } = shape;
  const rows = Math.ceil((tokenCount - 1) / contextLength);
  const microBatchesPerEpoch = Math.ceil(rows / microBatch);
  return {
    microBatchesPerEpoch,
    tokenCount,
    read: async (position) => {
      const first = (checked(position) % microBatchesPerEpoch) * microBatch;
      const starts = rangeOf(first, Math.min(first + microBatch, rows)).map((row) => row * contextLength);
      const tokens = starts.map((start) => read(start, Math.min(contextLength + 1, tokenCount - start)));
      return batchOf(await Promise.all(tokens), shape);
    },
  };
}

interface Epoch {
  readonly epoch: number;
  readonly phase: number;
  readonly order: (index: number) => number;
}

/** A token reader on a file that refuses ids the vocabulary lacks: they would be read from beyond a table. */
export function checkedRead(file: TokenFile, vocabSize: number, refuse: () => Error): TokenRead {
  return async (start, count) => {
    const tokens = await file.read(start, count);
    if (tokens.length !== count || tokens.some((id) => id >= vocabSize)) throw refuse();
    return tokens;
  };
}

function checked(position: number): number {
  if (Number.isSafeInteger(position) && position >= 0) return position;
  throw new RangeError(`A batch's position is an integer from 0 on, not ${position}.`);
}

function rangeOf(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}
