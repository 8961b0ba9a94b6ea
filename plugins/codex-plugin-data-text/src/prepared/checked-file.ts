import { type FileHandle, open, readFile } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { textErrors } from "../errors.js";
import type { BlockCache } from "./block-cache.js";
import { blockBytes, checksumsOf, sizeWords } from "./checked-writer.js";

/** Reads a file that `CheckedWriter` wrote, from any place; each block is compared with its checksum. */
export class CheckedFile {
  private constructor(
    readonly path: string,
    readonly sizeBytes: number,
    private readonly handle: FileHandle,
    private readonly checksums: Uint32Array,
    private readonly cache: BlockCache,
  ) {}

  /** @throws CODEX_DATA_DAMAGED when the file and its checksums do not fit together. */
  static async open(path: string, cache: BlockCache): Promise<CheckedFile> {
    const handle = await open(path, "r").catch((cause) => {
      throw damaged(path, `it cannot be opened: ${(cause as Error).message}`, cause);
    });
    try {
      const { size } = await handle.stat();
      return new CheckedFile(path, size, handle, await readChecksums(path, size), cache);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * `sizeBytes` bytes from `start` on. They may be shared with other readers: nobody may change them.
   *
   * @throws CODEX_DATA_DAMAGED
   */
  async read(start: number, sizeBytes: number): Promise<Uint8Array> {
    if (start + sizeBytes > this.sizeBytes) throw damaged(this.path, `it has no bytes behind ${this.sizeBytes}`);
    const first = Math.floor(start / blockBytes);
    const offset = start - first * blockBytes;
    if (offset + sizeBytes <= blockBytes) return (await this.block(first)).subarray(offset, offset + sizeBytes);
    const bytes = new Uint8Array(sizeBytes);
    for (let done = 0; done < sizeBytes; ) {
      const at = start + done;
      const block = await this.block(Math.floor(at / blockBytes));
      const piece = block.subarray(at % blockBytes, (at % blockBytes) + sizeBytes - done);
      bytes.set(piece, done);
      done += piece.length;
    }
    return bytes;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private block(index: number): Promise<Uint8Array> {
    return this.cache.get(`${this.path}:${index}`, () => this.readBlock(index));
  }

  private async readBlock(index: number): Promise<Uint8Array> {
    const start = index * blockBytes;
    const bytes = new Uint8Array(Math.min(blockBytes, this.sizeBytes - start));
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await this.handle.read(bytes, done, bytes.length - done, start + done);
      if (bytesRead === 0) throw damaged(this.path, `it ends before byte ${this.sizeBytes}`);
      done += bytesRead;
    }
    if (crc32(bytes) !== this.checksums[index]) {
      throw damaged(this.path, `bytes ${start} to ${start + bytes.length} are not those that were written`);
    }
    return bytes;
  }
}

/** The checksums of a file's blocks, of a file that has the size that was written. */
async function readChecksums(path: string, sizeBytes: number): Promise<Uint32Array> {
  const bytes = await readFile(checksumsOf(path)).catch((cause) => {
    throw damaged(path, `its checksums cannot be read: ${(cause as Error).message}`, cause);
  });
  // A copy lies at an aligned place.
  const numbers = new Uint32Array(Uint8Array.from(bytes).buffer, 0, Math.floor(bytes.length / 4));
  const isWhole = bytes.length % 4 === 0 && crc32(bytes.subarray(0, -4)) === numbers.at(-1);
  if (!isWhole) throw damaged(path, "its checksums are damaged");
  const count = Math.ceil(sizeBytes / blockBytes);
  const [low, high] = sizeWords(sizeBytes);
  if (numbers.length !== count + 3 || numbers[count] !== low || numbers[count + 1] !== high) {
    throw damaged(path, `it has ${sizeBytes} bytes, its checksums are of another size`);
  }
  return numbers;
}

/** An error about a file of prepared data. */
export function damaged(path: string, problem: string, cause?: unknown): Error {
  return textErrors.CODEX_DATA_DAMAGED({
    what: `Prepared data cannot be used: ${problem}.`,
    where: path,
    cause,
  });
}
