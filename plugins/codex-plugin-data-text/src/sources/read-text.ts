import { isUtf8 } from "node:buffer";
import { textErrors } from "../errors.js";
import { compressionOf } from "./file-format.js";
import type { FoundFile } from "./find-files.js";
import { readBytes } from "./read-bytes.js";
import { firstInvalidByte, incompleteTail } from "./utf8.js";

/** How much is read at once, and how much text is handed on at once. */
export interface ReadSizes {
  readonly chunkBytes: number;
  /** UTF-16 units; a longer text comes in parts of about this length. */
  readonly partLength: number;
  /** A longer line of a JSONL file (in UTF-16 units), row of a CSV file or text of a Parquet file (in bytes) is refused. */
  readonly lineLength: number;
  /** A column of a Parquet row group with more bytes is read in slices of about as many, where that can be done. */
  readonly sliceBytes: number;
}

export const defaultSizes: ReadSizes = {
  chunkBytes: 4 * 2 ** 20,
  partLength: 4 * 2 ** 20,
  lineLength: 64 * 2 ** 20,
  sliceBytes: 64 * 2 ** 20,
};

/**
 * Reads a file as UTF-8 text, in parts: most files are one part; a part of a longer one ends where a line does if it
 * can. A byte order mark is left out, and `\r\n` becomes `\n`, so that a file gives the same text on every system.
 *
 * @throws CODEX_DATA_UNREADABLE, CODEX_DATA_EMPTY, CODEX_DATA_INVALID_UTF8
 */
export async function* readText(file: FoundFile, sizes: ReadSizes = defaultSizes): AsyncGenerator<string> {
  let pending = "";
  let isEmpty = true;
  let isBlank = true;
  for await (const piece of decodedChunks(file, sizes.chunkBytes)) {
    pending += piece;
    isEmpty &&= piece.length === 0;
    isBlank &&= !/\S/.test(piece);
    while (pending.length > sizes.partLength) {
      const end = partEnd(pending, sizes.partLength);
      yield normalLineEnds(pending.slice(0, end));
      pending = pending.slice(end);
    }
  }
  if (isBlank) {
    const what = isEmpty ? `${file.id} holds no text.` : `${file.id} is blank: it holds nothing but white space.`;
    throw textErrors.CODEX_DATA_EMPTY({ what, where: file.path });
  }
  if (pending.length > 0) yield normalLineEnds(pending);
}

/** A text in parts no longer than `partLength`; no part of an empty text. */
export function* partsOf(text: string, partLength: number): Generator<string> {
  let rest = text;
  while (rest.length > partLength) {
    const end = partEnd(rest, partLength);
    yield rest.slice(0, end);
    rest = rest.slice(end);
  }
  if (rest.length > 0) yield rest;
}

/** A file's text as it is read, without its byte order mark. */
export async function* decodedChunks(file: FoundFile, chunkBytes: number): AsyncGenerator<string> {
  let carried = Buffer.alloc(0);
  let offset = 0;
  for await (const chunk of readBytes(file, chunkBytes)) {
    const bytes = carried.length > 0 ? Buffer.concat([carried, chunk]) : chunk;
    const complete = bytes.length - incompleteTail(bytes, bytes.length);
    const whole = bytes.subarray(0, complete);
    if (!isUtf8(whole)) throw invalidUtf8(file, whole, offset);
    const text = whole.toString("utf8");
    yield offset === 0 && text.startsWith("\ufeff") ? text.slice(1) : text;
    carried = Buffer.from(bytes.subarray(complete));
    offset += complete;
  }
  if (carried.length > 0) throw invalidUtf8(file, carried, offset);
}

/** Just behind a line end that stands alone between visible characters: byte-pair rules join nothing across it. */
function partEnd(text: string, partLength: number): number {
  for (let at = text.lastIndexOf("\n", partLength - 1); at > partLength / 2; at = text.lastIndexOf("\n", at - 1)) {
    if (/\S\r?$/.test(text.slice(at - 2, at)) && /[^\s/]/.test(text[at + 1]!)) return at + 1;
  }
  const unit = text.charCodeAt(partLength);
  const splitsPair = unit >= 0xdc00 && unit <= 0xdfff;
  const splitsLineEnd = text[partLength - 1] === "\r" && text[partLength] === "\n";
  return splitsPair || splitsLineEnd ? partLength - 1 : partLength;
}

function normalLineEnds(text: string): string {
  return text.includes("\r") ? text.replaceAll("\r\n", "\n") : text;
}

function invalidUtf8(file: FoundFile, bytes: Uint8Array, offset: number): Error {
  const at = firstInvalidByte(bytes);
  const byte = bytes[at]!.toString(16).padStart(2, "0");
  const isUtf16 = offset + at === 0 && (bytes[0] === 0xff || bytes[0] === 0xfe);
  return textErrors.CODEX_DATA_INVALID_UTF8({
    what: `${file.id} is not UTF-8: byte 0x${byte} at offset ${offset + at}.`,
    where: `${file.path}, byte ${offset + at}${compressionOf(file) ? " of what it decompresses to" : ""}`,
    why: isUtf16 ? "The file starts like UTF-16 text." : "The byte starts no well-formed UTF-8 sequence.",
  });
}
