import { TokenizerFile } from "codex-core";
import { z } from "zod";
import { type Encoding, loadEncoding } from "./encoding.js";
import { encodingNames } from "./options.js";

const file = new TokenizerFile({
  name: "byte-pair tokenizer",
  maxBytes: 65_536,
  schema: z.strictObject({
    type: z.literal("tiktoken"),
    formatVersion: z.literal(1),
    encoding: z.enum(encodingNames),
    fingerprint: z.string(),
  }),
});

/** Writes `tokenizer.json`: which encoding, and its fingerprint. The vocabulary itself is part of the plugin. */
export async function saveEncodingName(folder: string, { name, fingerprint }: Encoding): Promise<void> {
  await file.write(folder, { type: "tiktoken", formatVersion: 1, encoding: name, fingerprint });
}

/** @throws CODEX_TOKENIZER_SAVED_INVALID when the file is missing, damaged, or of a vocabulary that is not this one. */
export async function loadSavedEncoding(folder: string): Promise<Encoding> {
  const saved = await file.read(folder);
  const encoding = await loadEncoding(saved.encoding);
  if (encoding.fingerprint === saved.fingerprint) return encoding;
  throw file.invalid(folder, `the vocabulary ${saved.encoding} that is installed is not the one it was saved with`);
}
