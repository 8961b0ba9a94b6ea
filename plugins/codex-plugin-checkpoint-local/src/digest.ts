import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";

const chunkBytes = 1024 * 1024;

/** SHA-256 of a text's UTF-8 bytes, hex. */
export function digestText(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** SHA-256 of an open file, hex, read in pieces; the next piece is on its way while one is digested. */
export async function digestFile(handle: FileHandle): Promise<string> {
  const hash = createHash("sha256");
  const buffers = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)] as const;
  let reading = handle.read(buffers[0], 0, chunkBytes, 0);
  for (let position = 0, turn = 1; ; turn = 1 - turn) {
    const { bytesRead, buffer } = await reading;
    if (bytesRead === 0) return hash.digest("hex");
    position += bytesRead;
    reading = handle.read(buffers[turn as 0 | 1], 0, chunkBytes, position);
    hash.update(buffer.subarray(0, bytesRead));
  }
}
