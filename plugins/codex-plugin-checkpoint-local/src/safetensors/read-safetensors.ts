import { type FileHandle, open } from "node:fs/promises";
import type { Named, TensorData, TensorSpecs, TypedArray } from "codex-core";
import { checkpointErrors } from "../errors.js";
import { corrupt, maxHeaderBytes, parseHeader, type SafetensorsHeader, type TensorEntry } from "./header.js";
import { bytesOf, readFully } from "./positional-io.js";

export interface SafetensorsFile {
  readonly metadata: Readonly<Record<string, string>>;
  /** Tensors in the order of their bytes. */
  readonly tensors: Named<TensorData>;
}

/**
 * Reads a safetensors file of F32 and I32 tensors. Nothing is allocated by a length that was not checked against the
 * file's size.
 *
 * @throws CODEX_SAFETENSORS_CORRUPT when the file breaks a rule of the format.
 * @throws CODEX_SAFETENSORS_DTYPE when a tensor is neither F32 nor I32.
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  const handle = await open(path, "r");
  try {
    return await readOpenSafetensors(handle, path);
  } finally {
    await handle.close();
  }
}

/** Reads a safetensors file that is open; `path` is for what errors say. @throws what `readSafetensors` throws */
export async function readOpenSafetensors(handle: FileHandle, path: string): Promise<SafetensorsFile> {
  const { header, dataOffset } = await readHeader(handle, path);
  const tensors: Record<string, TensorData> = {};
  const ordered = [...header.tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  for (const [name, entry] of ordered) {
    const { data, dtype } = allocate(entry, path, name);
    if (!(await readFully(handle, bytesOf(data), dataOffset + entry.begin))) {
      throw corrupt(path, "The file ended while it was read.", name);
    }
    tensors[name] = { shape: entry.shape, dtype, data };
  }
  return { metadata: header.metadata, tensors };
}

/**
 * Types and shapes of the tensors of a safetensors file that is open; the values are not read.
 *
 * @throws CODEX_SAFETENSORS_CORRUPT, CODEX_SAFETENSORS_DTYPE
 */
export async function readTensorSpecs(handle: FileHandle, path: string): Promise<TensorSpecs> {
  const { header } = await readHeader(handle, path);
  return Object.fromEntries(
    [...header.tensors].map(([name, entry]) => [name, { shape: entry.shape, dtype: dtypeOf(entry, path, name) }]),
  );
}

async function readHeader(
  handle: FileHandle,
  path: string,
): Promise<{ header: SafetensorsHeader; dataOffset: number }> {
  const fileBytes = (await handle.stat()).size;
  const prefix = new Uint8Array(8);
  if (fileBytes < 8 || !(await readFully(handle, prefix, 0))) {
    throw corrupt(path, `The file has ${fileBytes} bytes and no room for a header.`);
  }
  const headerBytes = new DataView(prefix.buffer).getBigUint64(0, true);
  if (headerBytes > BigInt(maxHeaderBytes)) {
    throw corrupt(path, `The header claims ${headerBytes} bytes; ${maxHeaderBytes} are the most.`);
  }
  const dataOffset = 8 + Number(headerBytes);
  if (dataOffset > fileBytes) {
    throw corrupt(path, `The header claims ${headerBytes} bytes, the file has ${fileBytes}.`);
  }
  const bytes = new Uint8Array(Number(headerBytes));
  if (!(await readFully(handle, bytes, 8))) throw corrupt(path, "The file ended within its header.");
  return { header: parseHeader(bytes, fileBytes - dataOffset, path), dataOffset };
}

function allocate(entry: TensorEntry, path: string, name: string): { data: TypedArray; dtype: "float32" | "int32" } {
  const length = (entry.end - entry.begin) / 4;
  const dtype = dtypeOf(entry, path, name);
  return { data: dtype === "float32" ? new Float32Array(length) : new Int32Array(length), dtype };
}

function dtypeOf(entry: TensorEntry, path: string, name: string): "float32" | "int32" {
  if (entry.dtype === "F32") return "float32";
  if (entry.dtype === "I32") return "int32";
  throw checkpointErrors.CODEX_SAFETENSORS_DTYPE({
    what: `The tensor has the element type ${entry.dtype}; F32 and I32 are read.`,
    where: `${path} → ${name}`,
  });
}
