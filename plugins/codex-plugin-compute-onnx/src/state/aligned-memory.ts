import { computeErrors, type DataType, type TensorSpec, type TypedArray } from "codex-core";

/** Tensors start at multiples of this: a cache line, and the widest vector registers. */
const alignmentBytes = 64;

/** Elements between two aligned starts; both element types have four bytes. */
const alignmentElements = alignmentBytes / Float32Array.BYTES_PER_ELEMENT;

/** Elements of a shape. */
export const elementCount = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** The next aligned element. */
export const alignElements = (elements: number): number => Math.ceil(elements / alignmentElements) * alignmentElements;

/** A view of a buffer in an element type. */
export function viewMemory(buffer: ArrayBuffer, dtype: DataType, byteOffset: number, length: number): TypedArray {
  return dtype === "float32"
    ? new Float32Array(buffer, byteOffset, length)
    : new Int32Array(buffer, byteOffset, length);
}

/**
 * Zeroed memory with an aligned start. Its buffer may be a little larger: what lies between tensors may be computed
 * on, and is never read.
 */
export interface MemoryBlock {
  readonly buffer: ArrayBuffer;
  /** Byte offset of the aligned start. */
  readonly start: number;
  readonly sizeBytes: number;
}

/** Where a buffer's memory lies, modulo the alignment; only the runtime can tell. */
export type AddressOf = (memory: Uint8Array) => bigint;

/**
 * Allocates memory. `addressOf` finds the aligned start; without it the buffer's own start is taken.
 *
 * @throws CODEX_COMPUTE_MEMORY when there is none
 */
export function allocateBlock(elements: number, addressOf?: AddressOf): MemoryBlock {
  const sizeBytes = alignElements(Math.max(1, elements)) * Float32Array.BYTES_PER_ELEMENT;
  if (!addressOf) return { buffer: allocate(sizeBytes), start: 0, sizeBytes };
  const buffer = allocate(sizeBytes + alignmentBytes);
  const address = Number(addressOf(new Uint8Array(buffer)) % BigInt(alignmentBytes));
  return { buffer, start: (alignmentBytes - address) % alignmentBytes, sizeBytes: buffer.byteLength };
}

function allocate(sizeBytes: number): ArrayBuffer {
  try {
    return new ArrayBuffer(sizeBytes);
  } catch (cause) {
    const what = `There is no memory for ${sizeBytes} bytes of resident state, inputs or outputs.`;
    throw computeErrors.CODEX_COMPUTE_MEMORY({ what, cause });
  }
}

/** Memory of one tensor. @throws CODEX_COMPUTE_MEMORY */
export function allocateTensor(spec: TensorSpec, addressOf?: AddressOf): TypedArray {
  const length = elementCount(spec.shape);
  const { buffer, start } = allocateBlock(length, addressOf);
  return viewMemory(buffer, spec.dtype, start, length);
}
