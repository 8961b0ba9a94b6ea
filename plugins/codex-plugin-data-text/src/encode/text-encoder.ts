import type { Tokenizer } from "codex-core";
import { textErrors } from "../errors.js";
import { type BytesPerToken, emptyTokens, type TokenArray } from "../prepared/token-array.js";

/** The token ids of texts, one text after the other. */
export interface EncodedTexts {
  readonly tokens: TokenArray;
  /** Tokens of each text. */
  readonly lengths: Uint32Array;
}

/** Encodes texts, several batches at a time. */
export interface TextEncoder {
  /** Batches that it works on at once. */
  readonly concurrency: number;
  /** @throws CODEX_DATA_TOKEN_RANGE */
  encode(texts: readonly string[]): Promise<EncodedTexts>;
  dispose(): Promise<void>;
}

/**
 * Encodes in this thread.
 *
 * @throws CODEX_DATA_TOKEN_RANGE
 */
export function encodeTexts(
  tokenizer: Pick<Tokenizer, "encode" | "vocabSize">,
  bytesPerToken: BytesPerToken,
  texts: readonly string[],
): EncodedTexts {
  const encoded = texts.map((text) => tokenizer.encode(text));
  const lengths = Uint32Array.from(encoded, ({ length }) => length);
  const tokens = emptyTokens(
    lengths.reduce((sum, length) => sum + length, 0),
    bytesPerToken,
  );
  let at = 0;
  for (const tokenIds of encoded) {
    checkRange(tokenIds, tokenizer.vocabSize);
    tokens.set(tokenIds, at);
    at += tokenIds.length;
  }
  return { tokens, lengths };
}

function checkRange(tokenIds: Uint32Array, vocabSize: number): void {
  let largest = 0;
  for (let index = 0; index < tokenIds.length; index++) {
    if ((tokenIds[index] as number) > largest) largest = tokenIds[index] as number;
  }
  if (largest < vocabSize || tokenIds.length === 0) return;
  throw textErrors.CODEX_DATA_TOKEN_RANGE({
    what: `The tokenizer gave id ${largest}; its vocabulary has ${vocabSize} ids.`,
    where: "tokenizer",
  });
}
