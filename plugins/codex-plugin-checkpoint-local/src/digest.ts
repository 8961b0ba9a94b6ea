import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** SHA-256 of a text's UTF-8 bytes, hex. */
export function digestText(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** SHA-256 of a file, hex, read in pieces. */
export async function digestFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
