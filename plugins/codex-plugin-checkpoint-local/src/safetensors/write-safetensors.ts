import { type FileHandle, open } from "node:fs/promises";
import type { Named, TensorData } from "codex-core";
import { bytesOf, writeFully } from "./positional-io.js";

export interface WriteSafetensorsOptions {
  /** Strings for the header's `__metadata__`. Default: `{ format: "pt" }`, which transformers asks for. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes a safetensors file and waits until it is on disk. Equal tensors give equal bytes: tensors stand in the
 * order of dtype, then name, whatever the order they come in. Fails when the file exists.
 */
export async function writeSafetensors(
  path: string,
  tensors: Named<TensorData>,
  options: WriteSafetensorsOptions = {},
): Promise<void> {
  const ordered = Object.entries(tensors).sort(([nameA, a], [nameB, b]) =>
    a.dtype === b.dtype ? (nameA < nameB ? -1 : 1) : a.dtype === "float32" ? -1 : 1,
  );
  const header = encodeHeader(ordered, options.metadata ?? { format: "pt" });
  const handle = await open(path, "wx");
  try {
    await writeAll(handle, header, ordered);
    await handle.sync();
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
): Promise<void> {
  await writeFully(handle, header, 0);
  let position = header.length;
  for (const [, { data }] of ordered) {
    await writeFully(handle, bytesOf(data), position);
    position += data.byteLength;
  }
}
