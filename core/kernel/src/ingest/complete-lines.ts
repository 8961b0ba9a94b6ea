import type { FileHandle } from "node:fs/promises";

const chunkBytes = 1 << 20;
const longestLineBytes = 64 << 20;

/** Lines that were read together, and where the next one begins. */
export interface LineChunk {
  /** Without their ends. */
  readonly lines: readonly string[];
  readonly endByte: number;
}

/**
 * The complete lines of a file from a byte on, up to where it ended when it was asked. What follows the last line end
 * is being written, or was cut by a crash, and is left out. Memory does not grow with the file.
 */
export async function* completeLines(file: FileHandle, fromByte = 0): AsyncGenerator<LineChunk, void, void> {
  const { size } = await file.stat();
  let buffer = Buffer.allocUnsafe(chunkBytes);
  let kept = 0;
  let position = fromByte;
  while (position < size) {
    if (kept === buffer.length) buffer = grown(buffer);
    const { bytesRead } = await file.read(buffer, kept, Math.min(buffer.length - kept, size - position), position);
    if (bytesRead === 0) return;
    position += bytesRead;
    const filled = kept + bytesRead;
    const end = buffer.lastIndexOf(0x0a, filled - 1) + 1;
    if (end > 0) {
      const text = buffer.toString("utf8", 0, end - 1);
      yield { lines: text.split("\n"), endByte: position - (filled - end) };
    }
    buffer.copyWithin(0, end, filled);
    kept = filled - end;
  }
}

function grown(buffer: Buffer): Buffer<ArrayBuffer> {
  if (buffer.length >= longestLineBytes) throw new Error(`a line is longer than ${longestLineBytes} bytes`);
  const larger = Buffer.allocUnsafe(buffer.length * 2);
  buffer.copy(larger);
  return larger;
}
