import { createHash } from "node:crypto";
import type { Corpus, SafetyGate } from "codex-core";
import { charErrors } from "./errors.js";

const codePointCount = 0x110000;

/** Counts code points, in fixed memory: 4 bytes for each code point that Unicode can have. */
export class CodePointCounts {
  private readonly counts = new Uint32Array(codePointCount);

  add(text: string): void {
    const { counts } = this;
    for (let index = 0; index < text.length; index++) {
      const codePoint = text.codePointAt(index)!;
      if (codePoint > 0xffff) index++;
      if (counts[codePoint]! < 0xffffffff) counts[codePoint]!++;
    }
  }

  /** Code points that occur at least `minCount` times, ascending; lone surrogates left out: they are no characters. */
  atLeast(minCount: number): number[] {
    const { counts } = this;
    const found: number[] = [];
    for (let codePoint = 0; codePoint < codePointCount; codePoint++) {
      if (counts[codePoint]! >= minCount && !isSurrogate(codePoint)) found.push(codePoint);
    }
    return found;
  }
}

/**
 * The characters of a corpus as its readers may see it: what a safety filter takes out is in no vocabulary.
 *
 * @throws CODEX_TOKENIZER_CHAR_CORPUS_EMPTY when there is none.
 */
export async function fitVocabulary(
  corpus: Corpus,
  safety: SafetyGate,
  minCount: number,
  signal: AbortSignal,
): Promise<number[]> {
  const counts = new CodePointCounts();
  let documentCount = 0;
  for await (const document of corpus.documents()) {
    signal.throwIfAborted();
    documentCount++;
    const [text] = await safety.inspect([document.text], "data", [document.id]);
    if (text !== undefined) counts.add(text);
  }
  const codePoints = counts.atLeast(minCount);
  if (codePoints.length > 0) return codePoints;
  throw charErrors.CODEX_TOKENIZER_CHAR_CORPUS_EMPTY({
    what: `The corpus of ${documentCount} documents has no character that occurs ${minCount} times or more.`,
    where: "tokenizer",
  });
}

/** SHA-256 of the vocabulary, which is all that can change an id. */
export function fingerprintOf(codePoints: readonly number[]): string {
  return createHash("sha256")
    .update(`codex-tokenizer-char 1\n${codePoints.join(" ")}`)
    .digest("hex");
}

export function isSurrogate(codePoint: number): boolean {
  return codePoint >= 0xd800 && codePoint <= 0xdfff;
}
