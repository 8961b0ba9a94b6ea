import type { Batch, BatchShape } from "codex-core";

/** Inputs and targets of one row, and which targets count. */
interface Window {
  readonly tokenIds: readonly number[];
  readonly targetIds: readonly number[];
  readonly lossMask: readonly number[];
}

/** Tokens that follow one another, and the weight of each but the first. */
interface Sequence {
  readonly tokens: number[];
  readonly weights: number[];
}

/**
 * Batches of windows over the text that rows make: a window begins `stride` tokens after the one before it, and scores
 * what that one did not, so that each token counts once, with contextLength − stride tokens before it or more, but at
 * the beginning. A row goes on with the text of the row before it when it begins with that one's last target.
 *
 * @param batches rows that hold one text each: not packed
 * @param shape of the windows
 */
export async function* windowBatches(
  batches: AsyncIterable<Batch>,
  shape: BatchShape,
  stride: number,
): AsyncGenerator<Batch, void, void> {
  let rows: Window[] = [];
  for await (const window of windows(sequences(batches, shape.microBatch), shape.contextLength, stride)) {
    rows.push(window);
    if (rows.length === shape.microBatch) {
      yield batchOf(rows, shape);
      rows = [];
    }
  }
  if (rows.length > 0) yield batchOf(rows, shape);
}

/** Pieces of texts, in order; `isNew` where a piece begins a text. */
async function* sequences(
  batches: AsyncIterable<Batch>,
  microBatch: number,
): AsyncGenerator<Sequence & { readonly isNew: boolean }, void, void> {
  let last: number | undefined;
  for await (const batch of batches) {
    const { tokenIds, targetIds, lossMask } = batch as { [name: string]: Int32Array };
    const rowLength = (tokenIds as Int32Array).length / microBatch;
    for (let row = 0; row < microBatch; row += 1) {
      const part = (values: Int32Array | undefined) => [...values!.subarray(row * rowLength, (row + 1) * rowLength)];
      const weights = part(lossMask);
      const length = weights.findLastIndex((weight) => weight !== 0) + 1;
      if (length === 0) continue;
      const [first, targets] = [part(tokenIds)[0] as number, part(targetIds).slice(0, length)];
      const isNew = first !== last;
      yield { isNew, tokens: isNew ? [first, ...targets] : targets, weights: weights.slice(0, length) };
      last = length === rowLength ? targets.at(-1) : undefined;
    }
  }
}

async function* windows(
  pieces: AsyncGenerator<Sequence & { readonly isNew: boolean }, void, void>,
  contextLength: number,
  stride: number,
): AsyncGenerator<Window, void, void> {
  let tokens: number[] = [];
  let weights: number[] = [];
  for await (const { isNew, ...piece } of pieces) {
    if (isNew) {
      if (weights.some((weight) => weight !== 0)) yield windowOf(tokens, weights);
      tokens = [];
      weights = [];
    }
    tokens.push(...piece.tokens);
    weights.push(...piece.weights);
    while (weights.length >= contextLength) {
      yield windowOf(tokens.slice(0, contextLength + 1), weights.slice(0, contextLength));
      // What the window has scored is context for the next one.
      weights.fill(0, 0, contextLength);
      tokens = tokens.slice(stride);
      weights = weights.slice(stride);
    }
  }
  if (weights.some((weight) => weight !== 0)) yield windowOf(tokens, weights);
}

function windowOf(tokens: readonly number[], lossMask: readonly number[]): Window {
  return { tokenIds: tokens.slice(0, -1), targetIds: tokens.slice(1), lossMask };
}

function batchOf(rows: readonly Window[], { microBatch, contextLength }: BatchShape): Batch {
  const size = microBatch * contextLength;
  const batch = {
    tokenIds: new Int32Array(size),
    targetIds: new Int32Array(size),
    lossMask: new Float32Array(size),
  };
  for (const [row, window] of rows.entries()) {
    batch.tokenIds.set(window.tokenIds, row * contextLength);
    batch.targetIds.set(window.targetIds, row * contextLength);
    batch.lossMask.set(window.lossMask, row * contextLength);
  }
  return batch;
}
