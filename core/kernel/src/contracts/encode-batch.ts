import { tokenizerErrors } from "../errors/tokenizer-errors.js";
import type { BatchOptions, EncodedRow } from "./tokenizer.js";

/** One text as ids, each with the UTF-16 index at which its token starts. */
export interface EncodedText {
  readonly tokenIds: Uint32Array;
  readonly offsets: Int32Array;
}

/**
 * Truncates, splits and pads what a tokenizer made of texts: the part of `encodeBatch` that is the same for every
 * tokenizer.
 *
 * @throws CODEX_TOKENIZER_BATCH_OPTIONS when maxLength or stride cannot be.
 * @throws CODEX_TOKENIZER_TEXT_TOO_LONG when a text is too long and truncation is `error`.
 */
export function encodeBatchWith(
  texts: readonly string[],
  options: BatchOptions,
  encode: (text: string) => EncodedText,
  padId: number,
): readonly EncodedRow[] {
  const { maxLength, stride = 0 } = options;
  if (!Number.isInteger(maxLength) || maxLength < 1 || !Number.isInteger(stride) || stride < 0 || stride >= maxLength) {
    throw tokenizerErrors.CODEX_TOKENIZER_BATCH_OPTIONS({
      what: `maxLength ${maxLength} and stride ${stride} do not fit each other.`,
    });
  }
  const rows = texts.flatMap((text, textIndex) => rowsOf(encode(text), textIndex, options));
  if (options.padding === "none") return rows;
  const length = options.padding === "max" ? maxLength : Math.max(0, ...rows.map((row) => row.tokenIds.length));
  return rows.map((row) => padded(row, length, padId, options.side ?? "right"));
}

function rowsOf(encoded: EncodedText, textIndex: number, options: BatchOptions): EncodedRow[] {
  const count = encoded.tokenIds.length;
  if (count <= options.maxLength) return [rowOf(encoded, textIndex, 0, count)];
  if (options.truncation === "cut") return [rowOf(encoded, textIndex, 0, options.maxLength)];
  if (options.truncation === "error") {
    throw tokenizerErrors.CODEX_TOKENIZER_TEXT_TOO_LONG({
      what: `The text has ${count} tokens; maxLength is ${options.maxLength}.`,
      where: `text ${textIndex} of the batch`,
    });
  }
  const rows: EncodedRow[] = [];
  const advance = options.maxLength - (options.stride ?? 0);
  for (let start = 0; ; start += advance) {
    const end = Math.min(start + options.maxLength, count);
    rows.push(rowOf(encoded, textIndex, start, end));
    if (end === count) return rows;
  }
}

function rowOf(encoded: EncodedText, textIndex: number, start: number, end: number): EncodedRow {
  return {
    textIndex,
    tokenIds: encoded.tokenIds.slice(start, end),
    mask: new Uint8Array(end - start).fill(1),
    offsets: encoded.offsets.slice(start, end),
  };
}

function padded(row: EncodedRow, length: number, padId: number, side: "left" | "right"): EncodedRow {
  const count = row.tokenIds.length;
  if (count === length) return row;
  const at = side === "left" ? length - count : 0;
  const tokenIds = new Uint32Array(length).fill(padId);
  const mask = new Uint8Array(length);
  const offsets = new Int32Array(length).fill(-1);
  tokenIds.set(row.tokenIds, at);
  mask.set(row.mask, at);
  offsets.set(row.offsets, at);
  return { textIndex: row.textIndex, tokenIds, mask, offsets };
}
