import { mergeBytePairs } from "./byte-pair-merge.js";
import type { Encoding } from "./encoding.js";
import { mayHaveLongRun } from "./long-runs.js";
import { preTokens } from "./pre-tokens.js";

/** Text goes to the encoder in pieces of about this many UTF-16 units, so that its memory stays small. */
const pieceLength = 65_536;

/**
 * Ids of a text without special tokens: those of the tiktoken package, in time proportional to the text. Pieces with a
 * long unbroken run, for which the package needs time quadratic in the run, take our own merge instead.
 */
export function encodeOrdinary(encoding: Encoding, text: string): Uint32Array {
  const wellFormed = text.replace(/\p{Surrogate}/gu, "\ufffd");
  const parts: Uint32Array[] = [];
  for (let start = 0; start < wellFormed.length; ) {
    const end = pieceEnd(wellFormed, start);
    const piece = wellFormed.slice(start, end);
    parts.push(mayHaveLongRun(piece) ? encodeLongRuns(encoding, piece) : encoding.encoder.encode_ordinary(piece));
    start = end;
  }
  return joined(parts);
}

/** The same ids by pre-tokens and merges of our own. */
export function encodeLongRuns(encoding: Encoding, text: string): Uint32Array {
  const { ranks } = encoding.table;
  const tokens: number[] = [];
  for (const [preToken] of preTokens(encoding.name, text)) {
    for (const token of mergeBytePairs(latin1OfUtf8(preToken), ranks)) tokens.push(token);
  }
  return Uint32Array.from(tokens);
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

function latin1OfUtf8(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
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
