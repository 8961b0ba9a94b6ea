import { isUtf8 } from "node:buffer";
import { type FileHandle, open } from "node:fs/promises";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { type AsyncBuffer, parquetMetadataAsync, parquetScan } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { textErrors } from "../errors.js";
import { compressionOf } from "./file-format.js";
import type { FoundFile } from "./find-files.js";
import type { NumberedText } from "./numbered-text.js";
import { checkColumn, slicesOf } from "./parquet-column.js";
import { unreadable } from "./read-bytes.js";
import { defaultSizes, type ReadSizes } from "./read-text.js";
import { rowProblem } from "./row-problem.js";

const decompressors = {
  ...compressors,
  GZIP: (input: Uint8Array, length: number) => gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (input: Uint8Array, length: number) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
};

/** Texts stay bytes until their row is due: as strings, all rows of a group would lie in memory twice. */
const parsers = { stringFromBytes: (bytes: Uint8Array) => bytes, jsonFromBytes: (bytes: Uint8Array) => bytes };

/**
 * Reads the column `textField` of a Parquet file, row by row, counted from 1. Rows without a text, or with a blank one,
 * are passed over. Only that column is read, and one row group of it is in memory.
 *
 * @source Apache Parquet, File Format
 * @throws CODEX_DATA_LINE_INVALID, CODEX_DATA_UNREADABLE
 */
export async function* readParquet(
  file: FoundFile,
  textField: string,
  { lineLength, sliceBytes }: ReadSizes = defaultSizes,
): AsyncGenerator<NumberedText> {
  const attempt = <Value>(action: () => Promise<Value>) =>
    action().catch((cause) => {
      throw unreadable(file, inWords(cause));
    });
  if (compressionOf(file)) throw compressedAsWhole(file);
  const handle = await attempt(() => open(file.path, "r"));
  try {
    const bytes = await attempt(() => asyncBufferOf(file, handle));
    const metadata = await attempt(() => parquetMetadataAsync(bytes, { geoparquet: false }));
    checkColumn(file, metadata, textField);
    const settings = { file: bytes, metadata, columns: [textField], compressors: decompressors, parsers };
    const scan = await attempt(() => parquetScan({ ...settings, geoparquet: false }));
    for (const { rowStart, rowEnd } of slicesOf(file, metadata, textField, sliceBytes)) {
      const values = await attempt(async () => scan.readColumn({ column: textField, rowStart, rowEnd }));
      if (values.length !== rowEnd - rowStart) throw mismatch(file);
      for (let row = rowStart; row < rowEnd; row++) {
        const text = textOf(file, row + 1, values[row - rowStart], lineLength);
        if (text.trim() !== "") yield { number: row + 1, text };
      }
    }
  } finally {
    await handle.close();
  }
}

async function asyncBufferOf({ onRead }: FoundFile, handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  let told = 0;
  /** Some bytes are read twice: more than the file has is never told. */
  const tell = (bytesRead: number) => {
    const news = Math.min(bytesRead, size - told);
    told += news;
    onRead?.(news);
  };
  const read = async (start: number, end: number) => {
    if (!(start >= 0 && start <= end && end <= size)) throw new Error("it points to bytes that it does not have");
    const bytes = new Uint8Array(end - start);
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
      if (bytesRead === 0) throw new Error("it became shorter while it was read");
      at += bytesRead;
      tell(bytesRead);
    }
    return bytes.buffer;
  };
  return {
    byteLength: size,
    slice(start, end = size) {
      const bytes = read(start, end);
      // The reader asks ahead, and may fail before it looks at what it asked for: such a failure must not end the process.
      bytes.catch(() => {});
      return bytes;
    },
  };
}

function textOf(file: FoundFile, row: number, value: unknown, lineLength: number): string {
  if (value === null || value === undefined) return "";
  if (!(value instanceof Uint8Array)) throw mismatch(file);
  if (value.length > lineLength) throw rowProblem(file, row, `is longer than ${lineLength} bytes`, "row");
  if (!isUtf8(value)) throw rowProblem(file, row, "is not UTF-8", "row");
  return Buffer.from(value.buffer, value.byteOffset, value.length).toString("utf8");
}

/** The decoder's own messages are about its insides. Those of the system are left as they are. */
function inWords(cause: NodeJS.ErrnoException): Error {
  if (cause.syscall !== undefined) return cause;
  return new Error(`its content cannot be decoded as Parquet (${cause.message})`, { cause });
}

function mismatch(file: FoundFile): Error {
  return unreadable(file, new Error("its pages do not hold what its footer says"));
}

function compressedAsWhole(file: FoundFile): Error {
  return textErrors.CODEX_DATA_UNREADABLE({
    what: `${file.id} is a Parquet file that is compressed as a whole.`,
    where: file.path,
    fix: "Decompress it: Parquet files are compressed inside.",
  });
}
