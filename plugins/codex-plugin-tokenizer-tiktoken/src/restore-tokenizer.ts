/** Imported by threads that encode. */
import { loadSavedEncoding } from "./saved-encoding.js";
import { TiktokenTokenizer } from "./tiktoken-tokenizer.js";

/**
 * The tokenizer that was saved to a folder.
 *
 * @throws CODEX_TOKENIZER_SAVED_INVALID
 */
export async function restoreTokenizer(folder: string): Promise<TiktokenTokenizer> {
  return new TiktokenTokenizer(await loadSavedEncoding(folder));
}
