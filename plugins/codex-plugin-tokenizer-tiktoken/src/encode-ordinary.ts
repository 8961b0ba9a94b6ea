import type { Encoding } from "./encoding.js";
import { mayHaveLongRun } from "./long-runs.js";
import { hasSettledCharacters } from "./settled-characters.js";

/**
 * UTF-16 units of a piece, about: memory stays small, and a character that our encoder may not be trusted with slows
 * down few others.
 */
const pieceLength = 8192;

/**
 * Ids of a text without special tokens: those of the tiktoken package, in time proportional to the text. Our encoder is
 * the faster one, and has the same ids where Node and the package class characters alike. Elsewhere the package encodes,
 * but for pieces with a long unbroken run, where it needs time quadratic in the run.
 */
export function encodeOrdinary(encoding: Encoding, text: string): Uint32Array {
  const wellFormed = text.replace(/\p{Surrogate}/gu, "\ufffd");
  const parts: Uint32Array[] = [];
  for (let start = 0; start < wellFormed.length; ) {
    const end = pieceEnd(wellFormed, start);
    const piece = wellFormed.slice(start, end);
    const isOurs = hasSettledCharacters(piece) || mayHaveLongRun(piece);
    parts.push(isOurs ? encoding.ownEncoder.encode(piece) : encoding.encoder.encode_ordinary(piece));
    start = end;
  }
  return joined(parts);
}

/**
 * Where a piece may end without changing an id: behind a line end that stands alone between visible characters. No
 * pre-token reaches across it, and the rule for spaces at the end of a text does not see a difference. A slash is not
 * such a character: o200k_base joins it to line ends.
 */
function pieceEnd(text: string, start: number): number {
  if (text.length - start <= pieceLength) return text.length;
  const border = /[^\s\p{White_Space}]\n[^\s\p{White_Space}/]/gu;
  border.lastIndex = start + pieceLength;
  const match = border.exec(text);
  return match ? match.index + match[0].indexOf("\n") + 1 : text.length;
}

export function joined(parts: readonly Uint32Array[]): Uint32Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
