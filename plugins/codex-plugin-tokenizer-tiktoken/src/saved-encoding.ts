import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CodexError, tokenizerErrors } from "codex-core";
import { z } from "zod";
import { type Encoding, loadEncoding } from "./encoding.js";
import { encodingNames } from "./options.js";

const fileName = "tokenizer.json";
const maxFileBytes = 65_536;

const savedForm = z.strictObject({
  type: z.literal("tiktoken"),
  formatVersion: z.literal(1),
  encoding: z.enum(encodingNames),
  fingerprint: z.string(),
});

/** Writes `tokenizer.json`: which encoding, and its fingerprint. The vocabulary itself is part of the plugin. */
export async function saveEncodingName(folder: string, encoding: Encoding): Promise<void> {
  const saved: z.input<typeof savedForm> = {
    type: "tiktoken",
    formatVersion: 1,
    encoding: encoding.name,
    fingerprint: encoding.fingerprint,
  };
  await writeFile(join(folder, fileName), `${JSON.stringify(saved)}\n`);
}

/** @throws CODEX_TOKENIZER_SAVED_INVALID when the file is missing, damaged, or of a vocabulary that is not this one. */
export async function loadSavedEncoding(folder: string): Promise<Encoding> {
  const path = join(folder, fileName);
  const saved = await readSaved(path);
  const encoding = await loadEncoding(saved.encoding);
  if (encoding.fingerprint === saved.fingerprint) return encoding;
  throw invalid(path, `the vocabulary ${saved.encoding} that is installed is not the one it was saved with`);
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
    what: `The saved byte-pair tokenizer cannot be used: ${problem}.`,
    where: path,
    cause,
  });
}
