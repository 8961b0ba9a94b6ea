/**
 * Length of the incomplete UTF-8 sequence at the end of the first `length` bytes, 0 when the last one is complete or
 * invalid.
 */
export function incompleteTail(bytes: Uint8Array, length: number): number {
  for (let back = 1; back <= Math.min(3, length); back++) {
    const byte = bytes[length - back]!;
    if (byte >= 0xc0) return sequenceLength(byte) > back ? back : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}

/**
 * Index of the first byte that is not well-formed UTF-8, -1 when all of it is.
 *
 * @source The Unicode Standard, table 3-7, Well-Formed UTF-8 Byte Sequences
 */
export function firstInvalidByte(bytes: Uint8Array): number {
  for (let index = 0; index < bytes.length; ) {
    const lead = bytes[index]!;
    const length = lead < 0x80 ? 1 : sequenceLength(lead);
    if (length === 0 || index + length > bytes.length) return index;
    if (length > 1 && !inRange(bytes[index + 1]!, secondByteRange(lead))) return index;
    for (let further = 2; further < length; further++) {
      if (!inRange(bytes[index + further]!, [0x80, 0xbf])) return index;
    }
    index += length;
  }
  return -1;
}

function sequenceLength(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

function secondByteRange(lead: number): readonly [number, number] {
  if (lead === 0xe0) return [0xa0, 0xbf];
  if (lead === 0xed) return [0x80, 0x9f];
  if (lead === 0xf0) return [0x90, 0xbf];
  if (lead === 0xf4) return [0x80, 0x8f];
  return [0x80, 0xbf];
}

function inRange(byte: number, [low, high]: readonly [number, number]): boolean {
  return byte >= low && byte <= high;
}
