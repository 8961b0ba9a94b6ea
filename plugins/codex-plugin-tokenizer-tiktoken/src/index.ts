import { definePlugin, TokenizerPoint } from "codex-core";
import { loadEncoding } from "./encoding.js";
import { tiktokenOptions } from "./options.js";
import { restoreTokenizer } from "./restore-tokenizer.js";
import { TiktokenTokenizer } from "./tiktoken-tokenizer.js";

export { tiktokenOptions } from "./options.js";
export { TiktokenTokenizer } from "./tiktoken-tokenizer.js";

export default definePlugin({
  name: "codex-plugin-tokenizer-tiktoken",
  register(registrar) {
    registrar.provide(TokenizerPoint, "tiktoken", {
      options: tiktokenOptions,
      create: async (_, { encoding }) => new TiktokenTokenizer(await loadEncoding(encoding)),
      restore: restoreTokenizer,
    });
  },
});
