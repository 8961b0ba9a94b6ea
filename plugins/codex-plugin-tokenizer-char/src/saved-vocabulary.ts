import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CodexError, tokenizerErrors } from "codex-core";
import { z } from "zod";
import { fingerprintOf, isSurrogate } from "./vocabulary.js";

const fileName = "tokenizer.json";
/** A vocabulary of all of Unicode takes 9 MB. */
const maxFileBytes = 16 * 2 ** 20;

const savedForm = z.strictObject({
  type: z.literal("char"),
  formatVersion: z.literal(1),
  fingerprint: z.string(),
  codePoints: z.array(z.int().min(0).max(0x10ffff)).min(1),
});

/** Writes `tokenizer.json`: the code points by number, so that no editor or transfer can change one. */
export async function saveVocabulary(
  folder: string,
  codePoints: readonly number[],
  fingerprint: string,
): Promise<void> {
  const saved: z.input<typeof savedForm> = {
    type: "char",
    formatVersion: 1,
    fingerprint,
    codePoints: [...codePoints],
  };
  await writeFile(join(folder, fileName), `${JSON.stringify(saved)}\n`);
}

/** @throws CODEX_TOKENIZER_SAVED_INVALID when the file is missing, too large, not of this form, or was changed. */
export async function loadVocabulary(folder: string): Promise<number[]> {
  const path = join(folder, fileName);
  const { codePoints, fingerprint } = await readSaved(path);
  const ascending = codePoints.every((codePoint, index) => index === 0 || codePoint > codePoints[index - 1]!);
  if (!ascending || codePoints.some(isSurrogate)) {
    throw invalid(path, "its code points are not characters in ascending order");
  }
  if (fingerprintOf(codePoints) !== fingerprint) throw invalid(path, "its fingerprint is of another vocabulary");
  return codePoints;
}

async function readSaved(path: string): Promise<z.output<typeof savedForm>> {
  let content: unknown;
  try {
    const { size } = await stat(path);
    if (size > maxFileBytes) throw new Error(`it has ${size} bytes; ${maxFileBytes} are the most`);
    content = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    throw invalid(path, error instanceof Error ? error.message : String(error), error);
  }
  const parsed = savedForm.safeParse(content);
  if (!parsed.success) throw invalid(path, z.prettifyError(parsed.error));
  return parsed.data;
}

function invalid(path: string, problem: string, cause?: unknown): CodexError {
  return tokenizerErrors.CODEX_TOKENIZER_SAVED_INVALID({
    what: `The saved character vocabulary cannot be used: ${problem}.`,
    where: path,
    cause,
  });
}
