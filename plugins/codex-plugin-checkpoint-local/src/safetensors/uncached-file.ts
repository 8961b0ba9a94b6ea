import { constants, type FileHandle, open } from "node:fs/promises";
import { writeFully } from "./positional-io.js";

/** What positions, lengths and memory of an uncached write are multiples of: the largest block of usual disks. */
const blockBytes = 4096;

/** Bytes after which what is cached so far is sent on its way to the disk, so that the last sync finds little left. */
const syncBytes = 128 * 1024 * 1024;

/**
 * A new file, written past the page cache where system and file system can (`O_DIRECT`, open(2)): to make cached pages
 * costs a core more time than everything else of a large write together. What cannot be written so is cached, and
 * synced piece by piece.
 */
export class UncachedFile {
  private cachedBytes = 0;
  private syncing: Promise<void> | undefined;

  private constructor(
    private readonly cached: FileHandle,
    private uncached: FileHandle | undefined,
  ) {}

  /** @throws what the file system says, EEXIST for one where the file exists */
  static async create(path: string): Promise<UncachedFile> {
    const cached = await open(path, "wx");
    try {
      return new UncachedFile(cached, await openUncached(path));
    } catch (error) {
      await cached.close();
      throw error;
    }
  }

  /** Writes at a position of the file. Whole blocks of `alignedBuffer` memory at a multiple of a block are not cached. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    const written = await this.writeUncached(bytes, position);
    if (written === bytes.length) return;
    await writeFully(this.cached, bytes.subarray(written), position + written);
    this.cachedBytes += bytes.length - written;
    this.syncSoon();
  }

  /** Resolves when all that was written is on disk. */
  async sync(): Promise<void> {
    await this.syncing;
    await this.cached.sync();
  }

  async close(): Promise<void> {
    await this.syncing;
    await this.uncached?.close();
    await this.cached.close();
  }

  /** Gives how much was written: what is left is for the cache, which says too what is wrong, a full disk for one. */
  private async writeUncached(bytes: Uint8Array, position: number): Promise<number> {
    const length = bytes.length - (bytes.length % blockBytes);
    if (!this.uncached || length === 0 || position % blockBytes !== 0) return 0;
    try {
      return (await this.uncached.write(bytes, 0, length, position)).bytesWritten;
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      return 0;
    }
  }

  /** A sync that fails is told of by the last one, which is waited for. */
  private syncSoon(): void {
    if (this.syncing || this.cachedBytes < syncBytes) return;
    this.cachedBytes = 0;
    this.syncing = this.cached
      .datasync()
      .catch(() => {})
      .finally(() => {
        this.syncing = undefined;
      });
  }
}

/** Part of the JavaScript of every Node, but not of its types. */
declare const WebAssembly: {
  readonly Memory: new (size: {
    initial: number;
    maximum: number;
    shared: true;
  }) => { readonly buffer: SharedArrayBuffer };
};

/** Memory at a multiple of a block, which WebAssembly's pages of 64 KiB are. */
export function alignedBuffer(bytes: number): Uint8Array {
  const pages = Math.ceil(bytes / 65536);
  return new Uint8Array(new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }).buffer, 0, bytes);
}

/** Undefined where the system (macOS, Windows) or the file system has no uncached writes. */
async function openUncached(path: string): Promise<FileHandle | undefined> {
  const { O_WRONLY, O_DIRECT } = constants as { O_WRONLY: number; O_DIRECT?: number };
  if (O_DIRECT === undefined) return undefined;
  try {
    return await open(path, O_WRONLY | O_DIRECT);
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    return undefined;
  }
}

function isUnsupported(error: unknown): boolean {
  return ["EINVAL", "ENOTSUP", "EOPNOTSUPP"].includes((error as NodeJS.ErrnoException).code ?? "");
}
