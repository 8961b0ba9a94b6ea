import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { textErrors } from "../errors.js";
import { compressionOf } from "./file-format.js";
import type { FoundFile } from "./find-files.js";
import { unzstd } from "./unzstd.js";

interface Problem extends NodeJS.ErrnoException {
  readonly fix?: string;
}

const damage = {
  why: "It is cut off, damaged, or not what its name says.",
  fix: "Get the file again, or leave it out of the data section's paths.",
};

const readers = { gzip: gunzipped, zstd: unzstandard };

/**
 * The bytes of a file in chunks, decompressed when its name ends in `.gz` or `.zst`. Whatever the content grows to,
 * at most a few chunks are in memory, and for `.zst` its window. A chunk is valid until the next one is asked for.
 *
 * @throws CODEX_DATA_UNREADABLE also for compressed data that is damaged or cut off.
 */
export function readBytes(file: FoundFile, chunkBytes: number): AsyncGenerator<Buffer> {
  const compression = compressionOf(file);
  const read = compression === undefined ? plain : readers[compression];
  return explained(file, read(file, chunkBytes));
}

/**
 * The bytes of a file as they are stored, in chunks; a chunk is valid until the next one is asked for.
 *
 * @throws CODEX_DATA_UNREADABLE
 */
export function readStoredBytes(file: FoundFile, chunkBytes: number): AsyncGenerator<Buffer> {
  return explained(file, plain(file, chunkBytes));
}

async function* explained(file: FoundFile, chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    for (;;) {
      const { done, value } = await chunks.next().catch((cause) => {
        throw unreadable(file, cause);
      });
      if (done) return;
      yield value;
    }
  } finally {
    await chunks.return(undefined);
  }
}

async function* plain({ path, onRead }: FoundFile, chunkBytes: number): AsyncGenerator<Buffer> {
  const handle = await open(path, "r");
  try {
    const bytes = Buffer.allocUnsafe(chunkBytes);
    for (;;) {
      const { bytesRead } = await handle.read(bytes, 0, chunkBytes, null);
      if (bytesRead === 0) return;
      onRead?.(bytesRead);
      yield bytes.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function* gunzipped({ path, onRead }: FoundFile, chunkBytes: number): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: Math.max(64, Math.min(chunkBytes, 2 ** 18)) });
  async function* counted(stored: AsyncIterable<Buffer>) {
    for await (const chunk of stored) {
      onRead?.(chunk.length);
      yield chunk;
    }
  }
  // A failure of either stream ends the iteration below.
  pipeline(createReadStream(path), counted, gunzip, () => {});
  yield* gunzip;
}

async function* unzstandard(file: FoundFile, chunkBytes: number): AsyncGenerator<Buffer> {
  const compressed = plain(file, Math.min(chunkBytes, 2 ** 18));
  try {
    yield* unzstd(compressed);
  } finally {
    await compressed.return(undefined);
  }
}

/**
 * Why a file gives no text: the system refuses it, or what it gave cannot be decompressed or decoded. A `fix` that the
 * cause has goes before that for damage.
 */
export function unreadable(file: FoundFile, cause: unknown): Error {
  const { message, syscall, fix }: Problem = cause instanceof Error ? cause : new Error(String(cause));
  const isRefused = syscall !== undefined;
  const action = compressionOf(file) && !isRefused ? "decompressed" : "read";
  const remedy = fix === undefined ? damage : { fix };
  const what = `${file.id} cannot be ${action}: ${message}.`;
  return textErrors.CODEX_DATA_UNREADABLE({ what, where: file.path, ...(isRefused ? {} : remedy), cause });
}
