import { isUtf8 } from "node:buffer";
import { type FileHandle, open } from "node:fs/promises";
import { textErrors } from "../errors.js";
import type { FoundFile } from "./find-files.js";
import { firstInvalidByte, incompleteTail } from "./utf8.js";

/** How much is read at once, and how much text is handed on at once. */
export interface ReadSizes {
  readonly chunkBytes: number;
  /** UTF-16 units; a longer file comes in parts of about this length. */
  readonly partLength: number;
}

export const defaultSizes: ReadSizes = { chunkBytes: 4 * 2 ** 20, partLength: 16 * 2 ** 20 };

/**
 * Reads a file as UTF-8 text, in parts: most files are one part; a part of a longer one ends where a line does if it
 * can. A byte order mark is left out, and `\r\n` becomes `\n`, so that a file gives the same text on every system.
 *
 * @throws CODEX_DATA_UNREADABLE, CODEX_DATA_EMPTY, CODEX_DATA_INVALID_UTF8
 */
export async function* readText(file: FoundFile, sizes: ReadSizes = defaultSizes): AsyncGenerator<string> {
  let pending = "";
  let isEmpty = true;
  for await (const piece of decodedChunks(file, sizes.chunkBytes)) {
    pending += piece;
    while (pending.length > sizes.partLength) {
      const end = partEnd(pending, sizes.partLength);
      yield normalLineEnds(pending.slice(0, end));
      pending = pending.slice(end);
      isEmpty = false;
    }
  }
  if (pending.length > 0) yield normalLineEnds(pending);
  else if (isEmpty) throw textErrors.CODEX_DATA_EMPTY({ what: `${file.id} holds no text.`, where: file.path });
}

async function* decodedChunks(file: FoundFile, chunkBytes: number): AsyncGenerator<string> {
  const handle = await guarded(file, () => open(file.path, "r"));
  try {
    const bytes = Buffer.allocUnsafe(chunkBytes + 4);
    let carried = 0;
    for (let offset = 0; ; ) {
      const { bytesRead } = await guarded(file, () => readSome(handle, bytes, carried, chunkBytes));
      const length = carried + bytesRead;
      const complete = bytesRead === 0 ? length : length - incompleteTail(bytes, length);
      const whole = bytes.subarray(0, complete);
      if (!isUtf8(whole)) throw invalidUtf8(file, whole, offset);
      const text = whole.toString("utf8");
      yield offset === 0 && text.startsWith("\ufeff") ? text.slice(1) : text;
      if (bytesRead === 0) return;
      bytes.copyWithin(0, complete, length);
      carried = length - complete;
      offset += complete;
    }
  } finally {
    await handle.close();
  }
}

function readSome(handle: FileHandle, bytes: Buffer, at: number, length: number) {
  return handle.read(bytes, at, length, null);
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

async function guarded<Value>(file: FoundFile, action: () => Promise<Value>): Promise<Value> {
  try {
    return await action();
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw textErrors.CODEX_DATA_UNREADABLE({ what: `${file.id} cannot be read: ${problem}.`, where: file.path, cause });
  }
}

function invalidUtf8(file: FoundFile, bytes: Uint8Array, offset: number): Error {
  const at = firstInvalidByte(bytes);
  const byte = bytes[at]!.toString(16).padStart(2, "0");
  const isUtf16 = offset + at === 0 && (bytes[0] === 0xff || bytes[0] === 0xfe);
  return textErrors.CODEX_DATA_INVALID_UTF8({
    what: `${file.id} is not UTF-8: byte 0x${byte} at offset ${offset + at}.`,
    where: `${file.path}, byte ${offset + at}`,
    why: isUtf16 ? "The file starts like UTF-16 text." : "The byte starts no well-formed UTF-8 sequence.",
  });
}
