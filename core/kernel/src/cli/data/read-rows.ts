import type { Batch, BatchReader, BatchShape } from "../../contracts/batch-source.js";
import type { TypedArray } from "../../contracts/tensor-data.js";
import type { Tokenizer } from "../../contracts/tokenizer.js";
import { dataErrors } from "../../errors/data-errors.js";

/** A stretch of a row whose tokens are all learned, or all only read. */
export interface RowPiece {
  readonly text: string;
  /** Whether the model is trained to say it; the first token of a document goes with the one that follows. */
  readonly learned: boolean;
  /** Whether another document begins here. */
  readonly startsDocument: boolean;
}

/** One sequence of a microBatch. */
export interface BatchRow {
  readonly tokenIds: readonly number[];
  readonly targetIds: readonly number[];
  readonly lossMask: readonly number[];
  readonly segmentIds?: readonly number[];
  readonly pieces: readonly RowPiece[];
  /** Places at the end that only fill the row: one id, again and again, whose targets do not count. */
  readonly padding: number;
}

/**
 * The first rows of a microBatch, decoded.
 *
 * @throws CODEX_DATA_NOT_TOKENS
 */
export function readRows(batch: Batch, shape: BatchShape, rows: number, tokenizer: Tokenizer): BatchRow[] {
  const { contextLength } = shape;
  const { tokenIds, targetIds, lossMask, segmentIds } = batch;
  if (!tokenIds || !targetIds || !lossMask) {
    const what = `A batch holds ${Object.keys(batch).join(", ") || "nothing"}.`;
    throw dataErrors.CODEX_DATA_NOT_TOKENS({ what, where: "config → data.type" });
  }
  const count = Math.min(rows, Math.floor(tokenIds.length / contextLength));
  return Array.from({ length: count }, (_, row) => {
    const cut = (values: TypedArray): number[] =>
      Array.from(values.subarray(row * contextLength, (row + 1) * contextLength) as ArrayLike<number>);
    const ids = { tokenIds: cut(tokenIds), targetIds: cut(targetIds), lossMask: cut(lossMask) };
    const arrays = { ...ids, ...(segmentIds ? { segmentIds: cut(segmentIds) } : {}) };
    const padding = paddingOf(arrays);
    return { ...arrays, padding, pieces: piecesOf(arrays, contextLength - padding, tokenizer) };
  });
}

type RowArrays = Omit<BatchRow, "pieces" | "padding">;

function paddingOf({ tokenIds, targetIds, lossMask }: RowArrays): number {
  const id = tokenIds.at(-1);
  const last = tokenIds.findLastIndex(
    (tokenId, index) => tokenId !== id || targetIds[index] !== id || lossMask[index]! > 0,
  );
  return tokenIds.length - 1 - last;
}

/** The shape of a batch: of those that the reader may give, the one that it was asked for where that fits. */
export function shapeOf(batch: Batch, asked: BatchShape, reader: BatchReader): BatchShape {
  const size = batch.tokenIds?.length;
  const fits = ({ microBatch, contextLength }: BatchShape): boolean => microBatch * contextLength === size;
  return [asked, ...(reader.shapes ?? [])].find(fits) ?? asked;
}

/** A row's text in stretches. Of each token that follows another in its document, the other's target says whether it counts. */
function piecesOf(row: RowArrays, length: number, tokenizer: Tokenizer): RowPiece[] {
  const { targetIds, lossMask, segmentIds } = row;
  const tokenIds = row.tokenIds.slice(0, length);
  const stretches: { ids: number[]; learned: boolean; startsDocument: boolean }[] = [];
  const add = (id: number, learned: boolean, startsDocument = false): void => {
    const last = stretches.at(-1);
    if (last && last.learned === learned && !startsDocument) last.ids.push(id);
    else stretches.push({ ids: [id], learned, startsDocument });
  };
  for (const [index, id] of tokenIds.entries()) {
    const startsDocument = index > 0 && segmentIds?.[index] !== segmentIds?.[index - 1];
    const says = index === 0 || startsDocument ? index : index - 1;
    const counts = lossMask[says]! > 0 && (says === index || targetIds[says] === id);
    add(id, counts, startsDocument);
    const isShown = index + 1 < tokenIds.length && tokenIds[index + 1] === targetIds[index];
    if (lossMask[index]! > 0 && !isShown) add(targetIds[index]!, true);
  }
  return stretches.map(({ ids, ...piece }) => ({ text: tokenizer.decode(ids), ...piece }));
}
