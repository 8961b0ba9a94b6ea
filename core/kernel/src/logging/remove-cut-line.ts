import { fstatSync, ftruncateSync, readSync } from "node:fs";

/** Lines are short: the end of the last whole one is mostly in the first piece from the end. */
const pieceBytes = 64 * 1024;

/**
 * Removes what follows the last line end of a file: a crash cut that line.
 *
 * @returns the bytes that are left
 */
export function removeCutLine(descriptor: number): number {
  const { size } = fstatSync(descriptor);
  const left = endOfLines(descriptor, size);
  if (left < size) ftruncateSync(descriptor, left);
  return left;
}

function endOfLines(descriptor: number, size: number): number {
  const buffer = Buffer.alloc(Math.min(size, pieceBytes));
  for (let end = size; end > 0; end -= buffer.length) {
    const start = Math.max(0, end - buffer.length);
    const piece = buffer.subarray(0, end - start);
    readSync(descriptor, piece, 0, piece.length, start);
    const at = piece.lastIndexOf(0x0a);
    if (at >= 0) return start + at + 1;
  }
  return 0;
}
