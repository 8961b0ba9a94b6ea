import { TokenizerPoint } from "codex-core";
import { createFromPlugin } from "codex-core/testing";

/** Tokenizers that are measured, and whom each is measured against. */
export const tokenizers = {
  gpt2: { peers: ["tiktoken", "huggingface"] },
  char: { peers: ["huggingface", "python"] },
};

/** A tokenizer of Codex: `gpt2`, or `char` with the characters of the texts. */
export async function createTokenizer(name, texts) {
  if (name === "gpt2") {
    const { default: plugin } = await import("codex-plugin-tokenizer-tiktoken");
    return createFromPlugin(plugin, TokenizerPoint, "tiktoken", { options: { encoding: "gpt2" } });
  }
  const { default: plugin } = await import("codex-plugin-tokenizer-char");
  const corpus = {
    documents: async function* () {
      for (const [id, text] of texts.entries()) yield { id: String(id), text };
    },
  };
  const safety = { fingerprint: "none", inspect: async (inspected) => inspected };
  return createFromPlugin(plugin, TokenizerPoint, "char", { dependencies: { corpus, safety } });
}
