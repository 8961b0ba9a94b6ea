/**
 * First UTF-16 index of each token, given the lengths of the tokens in bytes of UTF-8. A token that starts inside a
 * character has the index at which the character starts. A lone surrogate counts as the three bytes of U+FFFD.
 */
export function tokenOffsets(text: string, byteLengths: readonly number[]): Int32Array {
  const offsets = new Int32Array(byteLengths.length);
  let unit = 0;
  let unitStartByte = 0;
  let byte = 0;
  let token = 0;
  for (const length of byteLengths) {
    while (unit < text.length) {
      const codePoint = text.codePointAt(unit)!;
      const nextByte = unitStartByte + utf8Length(codePoint);
      if (nextByte > byte) break;
      unitStartByte = nextByte;
      unit += codePoint > 0xffff ? 2 : 1;
    }
    offsets[token++] = unit;
    byte += length;
  }
  return offsets;
}

function utf8Length(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}
