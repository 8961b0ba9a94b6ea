/** Imported by threads that encode. */
import { CharTokenizer } from "./char-tokenizer.js";
import { loadVocabulary } from "./saved-vocabulary.js";

/**
 * The tokenizer that was saved to a folder.
 *
 * @throws CODEX_TOKENIZER_SAVED_INVALID
 */
export async function restoreTokenizer(folder: string): Promise<CharTokenizer> {
  return new CharTokenizer(await loadVocabulary(folder));
}
