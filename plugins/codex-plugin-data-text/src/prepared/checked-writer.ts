import { createHash } from "node:crypto";
import { type FileHandle, open, writeFile } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { inCache } from "./cache-folder.js";

/** Bytes that one checksum stands for. */
export const blockBytes = 65_536;

/** The low and the high 32 bits of a size. */
export function sizeWords(sizeBytes: number): readonly [number, number] {
  return [sizeBytes >>> 0, Math.floor(sizeBytes / 2 ** 32)];
}

/** Blocks that are written at once. */
const heldBlocks = 4;

/** What a manifest says of a file. */
export interface WrittenFile {
  readonly sizeBytes: number;
  /** SHA-256 (hex). */
  readonly sha256: string;
}

/** The name of the file that holds the checksums of another. */
export function checksumsOf(path: string): string {
  return `${path}.crc32`;
}

/**
 * Writes a file from its start to its end, and beside it the CRC-32 of each of its blocks, so that a reader can tell
 * damage wherever it reads. `PATH.crc32` holds uint32 little-endian numbers: one a block, the low and the high half of the
 * file's size in bytes, and one of all those before.
 */
export class CheckedWriter {
  private readonly hash = createHash("sha256");
  private readonly checksums: number[] = [];
  private readonly pending = new Uint8Array(heldBlocks * blockBytes);
  private pendingBytes = 0;
  private sizeBytes = 0;

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  /** @throws CODEX_DATA_CACHE, as all methods do */
  static async create(path: string): Promise<CheckedWriter> {
    return new CheckedWriter(path, await inCache(path, () => open(path, "wx")));
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let start = 0; start < bytes.length; ) {
      const piece = bytes.subarray(start, start + this.pending.length - this.pendingBytes);
      this.pending.set(piece, this.pendingBytes);
      this.pendingBytes += piece.length;
      start += piece.length;
      if (this.pendingBytes === this.pending.length) await this.flush();
    }
  }

  /** Forces the file to disk and writes its checksums. */
  async finish(): Promise<{ readonly file: WrittenFile; readonly checksums: WrittenFile }> {
    await this.flush();
    await inCache(this.path, async () => {
      await this.handle.sync();
      await this.handle.close();
    });
    const numbers = Uint32Array.from([...this.checksums, ...sizeWords(this.sizeBytes), 0]);
    const bytes = new Uint8Array(numbers.buffer);
    numbers[numbers.length - 1] = crc32(bytes.subarray(0, -4));
    const path = checksumsOf(this.path);
    await inCache(path, () => writeFile(path, bytes, { flag: "wx", flush: true }));
    return {
      file: { sizeBytes: this.sizeBytes, sha256: this.hash.digest("hex") },
      checksums: { sizeBytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") },
    };
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private async flush(): Promise<void> {
    const bytes = this.pending.subarray(0, this.pendingBytes);
    for (let start = 0; start < bytes.length; start += blockBytes) {
      this.checksums.push(crc32(bytes.subarray(start, start + blockBytes)));
    }
    this.hash.update(bytes);
    this.sizeBytes += bytes.length;
    this.pendingBytes = 0;
    await inCache(this.path, () => this.handle.writeFile(bytes));
  }
}
