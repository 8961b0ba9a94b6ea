import { type FileHandle, open, readFile } from "node:fs/promises";

/** Token ids of a split: 2 bytes each where the vocabulary allows it, else 4. */
export type TokenArray = Uint16Array | Uint32Array;

export type BytesPerToken = 2 | 4;

/** Splits up to this size are kept in memory; of longer ones, each read takes what it needs. */
const maxBytesInMemory = 256 * 2 ** 20;

/** Token ids that can be read from any place. */
export interface TokenFile {
  read(start: number, count: number): Promise<TokenArray>;
  close(): Promise<void>;
}

export async function openTokenFile(
  path: string,
  tokenCount: number,
  bytesPerToken: BytesPerToken,
  inMemoryBytes: number = maxBytesInMemory,
): Promise<TokenFile> {
  if (tokenCount * bytesPerToken <= inMemoryBytes) {
    const tokens = tokensOf(await readFile(path), bytesPerToken);
    return { read: async (start, count) => tokens.subarray(start, start + count), close: async () => {} };
  }
  const handle = await open(path, "r");
  return {
    read: (start, count) => readFromFile(handle, start, count, bytesPerToken),
    close: () => handle.close(),
  };
}

/** Bytes of token ids as they stand in a file. */
export function bytesOf(tokenIds: ArrayLike<number>, bytesPerToken: BytesPerToken): Uint8Array {
  const tokens = bytesPerToken === 2 ? Uint16Array.from(tokenIds) : Uint32Array.from(tokenIds);
  return new Uint8Array(tokens.buffer);
}

async function readFromFile(handle: FileHandle, start: number, count: number, bytesPerToken: BytesPerToken) {
  const bytes = new Uint8Array(count * bytesPerToken);
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start * bytesPerToken + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return tokensOf(bytes, bytesPerToken);
}

function tokensOf(bytes: Uint8Array, bytesPerToken: BytesPerToken): TokenArray {
  const { buffer, byteOffset, length } = byteAligned(bytes, bytesPerToken);
  return bytesPerToken === 2
    ? new Uint16Array(buffer, byteOffset, length / 2)
    : new Uint32Array(buffer, byteOffset, length / 4);
}

/** Small Buffers lie anywhere in a shared pool; typed arrays need an aligned place. */
function byteAligned(bytes: Uint8Array, alignment: number): Uint8Array {
  return bytes.byteOffset % alignment === 0 ? bytes : Uint8Array.from(bytes);
}
