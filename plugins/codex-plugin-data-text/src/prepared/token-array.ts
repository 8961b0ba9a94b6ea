/** Token ids: 2 bytes each where the vocabulary allows it, else 4. */
export type TokenArray = Uint16Array | Uint32Array;

export type BytesPerToken = 2 | 4;

/** Bytes that an id below `vocabSize` takes. */
export function bytesPerTokenOf(vocabSize: number): BytesPerToken {
  return vocabSize <= 0x10000 ? 2 : 4;
}

/** Room for so many ids. */
export function emptyTokens(count: number, bytesPerToken: BytesPerToken): TokenArray {
  return bytesPerToken === 2 ? new Uint16Array(count) : new Uint32Array(count);
}

/** The bytes of ids as they stand in a file: little-endian. */
export function bytesOf(tokens: TokenArray): Uint8Array {
  return new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength);
}

/** Ids of bytes that lie at an aligned place. */
export function tokensOf({ buffer, byteOffset, length }: Uint8Array, bytesPerToken: BytesPerToken): TokenArray {
  return bytesPerToken === 2
    ? new Uint16Array(buffer, byteOffset, length / 2)
    : new Uint32Array(buffer, byteOffset, length / 4);
}
