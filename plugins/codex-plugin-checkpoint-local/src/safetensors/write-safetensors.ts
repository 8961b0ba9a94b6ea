import { createHash, type Hash } from "node:crypto";
import type { Named, TensorData } from "codex-core";
import { bytesOf, chunkBytes } from "./positional-io.js";
import { alignedBuffer, UncachedFile } from "./uncached-file.js";

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

/**
 * Writes a safetensors file, waits until it is on disk, and gives its digest, taken while it is written. Equal tensors
 * give equal bytes: tensors stand in the order of dtype, then name, whatever the order they come in. Fails when the file
 * exists.
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
  const file = await UncachedFile.create(path);
  try {
    const written = await writeAll(file, header, ordered);
    await file.sync();
    return written;
  } finally {
    await file.close();
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
  file: UncachedFile,
  header: Uint8Array,
  ordered: readonly (readonly [string, TensorData])[],
): Promise<WrittenFile> {
  const writer = new DigestedWriter(file);
  await writer.write(header);
  for (const [, { data }] of ordered) await writer.write(bytesOf(data));
  return writer.finish();
}

/** Appends to a file, gathering pieces; while one is written, it is digested, and the next is gathered. */
class DigestedWriter {
  private readonly hash: Hash = createHash("sha256");
  private gathering = alignedBuffer(chunkBytes);
  private spare = alignedBuffer(chunkBytes);
  private gatheredBytes = 0;
  private position = 0;
  private writing: Promise<void> | undefined;

  constructor(private readonly file: UncachedFile) {}

  async write(bytes: Uint8Array): Promise<void> {
    for (let start = 0; start < bytes.length; ) {
      const piece = bytes.subarray(start, start + chunkBytes - this.gatheredBytes);
      this.gathering.set(piece, this.gatheredBytes);
      this.gatheredBytes += piece.length;
      start += piece.length;
      if (this.gatheredBytes === chunkBytes) await this.flush();
    }
  }

  async finish(): Promise<WrittenFile> {
    await this.flush();
    await this.writing;
    return { sizeBytes: this.position, sha256: this.hash.digest("hex") };
  }

  /** Resolves when the piece before is written, whose memory is gathered into next. */
  private async flush(): Promise<void> {
    await this.writing;
    const piece = this.gathering.subarray(0, this.gatheredBytes);
    this.writing = this.file.write(piece, this.position);
    this.writing.catch(() => {});
    this.hash.update(piece);
    this.position += piece.length;
    this.gatheredBytes = 0;
    [this.gathering, this.spare] = [this.spare, this.gathering];
  }
}
