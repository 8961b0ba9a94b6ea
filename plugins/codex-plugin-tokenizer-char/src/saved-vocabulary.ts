import { TokenizerFile } from "codex-core";
import { z } from "zod";
import { fingerprintOf, isSurrogate } from "./vocabulary.js";

const file = new TokenizerFile({
  name: "character vocabulary",
  /** A vocabulary of all of Unicode takes 9 MB. */
  maxBytes: 16 * 2 ** 20,
  schema: z.strictObject({
    type: z.literal("char"),
    formatVersion: z.literal(1),
    fingerprint: z.string(),
    codePoints: z.array(z.int().min(0).max(0x10ffff)).min(1),
  }),
});

/** Writes `tokenizer.json`: the code points by number, so that no editor or transfer can change one. */
export async function saveVocabulary(
  folder: string,
  codePoints: readonly number[],
  fingerprint: string,
): Promise<void> {
  await file.write(folder, { type: "char", formatVersion: 1, fingerprint, codePoints: [...codePoints] });
}

/** @throws CODEX_TOKENIZER_SAVED_INVALID when the file is missing, too large, not of this form, or was changed. */
export async function loadVocabulary(folder: string): Promise<number[]> {
  const { codePoints, fingerprint } = await file.read(folder);
  const ascending = codePoints.every((codePoint, index) => index === 0 || codePoint > codePoints[index - 1]!);
  if (!ascending || codePoints.some(isSurrogate)) {
    throw file.invalid(folder, "its code points are not characters in ascending order");
  }
  if (fingerprintOf(codePoints) !== fingerprint) throw file.invalid(folder, "its fingerprint is of another vocabulary");
  return codePoints;
}
