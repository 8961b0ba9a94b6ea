import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import type { Named, TensorData } from "codex-core";
import { bytesOf, chunkBytes, writeFully } from "./positional-io.js";

export interface WriteSafetensorsOptions {
  /** Strings for the header's `__metadata__`. Default: `{ format: "pt" }`, which transformers asks for. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What was written. */
export interface WrittenFile {
  readonly sizeBytes: number;
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
}

/** Bytes after which what is written so far is sent on its way to the disk, so that the last sync finds little left. */
const syncBytes = 128 * 1024 * 1024;

/**
 * Writes a safetensors file, waits until it is on disk, and gives its digest, taken while it is written. Equal tensors give equal bytes: tensors stand in the
 * order of dtype, then name, whatever the order they come in. Fails when the file exists.
 */
export async function writeSafetensors(
  path: string,
  tensors: Named<TensorData>,
  options: WriteSafetensorsOptions = {},
): Promise<WrittenFile> {
  const ordered = Object.entries(tensors).sort(([nameA, a], [nameB, b]) =>
    a.dtype === b.dtype ? (nameA < nameB ? -1 : 1) : a.dtype === "float32" ? -1 : 1,
  );
  const header = encodeHeader(ordered, options.metadata ?? { format: "pt" });
  const handle = await open(path, "wx");
  try {
    const written = await writeAll(handle, header, ordered);
    await handle.sync();
    return written;
  } finally {
    await handle.close();
  }
}

function encodeHeader(
  ordered: readonly (readonly [string, TensorData])[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  let offset = 0;
  const entries: [string, unknown][] = [["__metadata__", metadata]];
  for (const [name, { dtype, shape, data }] of ordered) {
    const end = offset + data.byteLength;
    entries.push([name, { dtype: dtype === "float32" ? "F32" : "I32", shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const paddedBytes = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + paddedBytes).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(paddedBytes), true);
  bytes.set(json, 8);
  return bytes;
}

async function writeAll(
  handle: FileHandle,
  header: Uint8Array,
  ordered: readonly (readonly [string, TensorData])[],
): Promise<WrittenFile> {
  const writer = new DigestedWriter(handle);
  await writer.write(header);
  for (const [, { data }] of ordered) await writer.write(bytesOf(data));
  return writer.finish();
}

/** Appends to a file in pieces; while one is written, it is digested, and earlier ones go to the disk. */
class DigestedWriter {
  private readonly hash: Hash = createHash("sha256");
  private position = 0;
  private syncedTo = 0;
  private syncing: Promise<void> | undefined;

  constructor(private readonly handle: FileHandle) {}

  async write(bytes: Uint8Array): Promise<void> {
    for (let start = 0; start < bytes.length; start += chunkBytes) {
      const chunk = bytes.subarray(start, start + chunkBytes);
      const writing = writeFully(this.handle, chunk, this.position);
      writing.catch(() => {});
      this.hash.update(chunk);
      await writing;
      this.position += chunk.length;
      this.syncSoon();
    }
  }

  async finish(): Promise<WrittenFile> {
    await this.syncing;
    return { sizeBytes: this.position, sha256: this.hash.digest("hex") };
  }

  /** A sync that fails is told of by the last one, which is waited for. */
  private syncSoon(): void {
    if (this.syncing || this.position - this.syncedTo < syncBytes) return;
    this.syncedTo = this.position;
    this.syncing = this.handle
      .datasync()
      .catch(() => {})
      .finally(() => {
        this.syncing = undefined;
      });
  }
}
