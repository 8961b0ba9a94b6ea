/** Tokens whose id is their place. */
export function numberedTokens(tokenCount: number) {
  const tokens = Uint16Array.from({ length: tokenCount }, (_, index) => index);
  return { tokenCount, read: async (start: number, count: number) => tokens.subarray(start, start + count) };
}
