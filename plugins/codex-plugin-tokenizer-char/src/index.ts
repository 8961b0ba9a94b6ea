import { CorpusPoint, definePlugin, SafetyGatePoint, TokenizerPoint } from "codex-core";
import { CharTokenizer } from "./char-tokenizer.js";
import { charOptions } from "./options.js";
import { restoreTokenizer } from "./restore-tokenizer.js";
import { fitVocabulary } from "./vocabulary.js";

export { CharTokenizer } from "./char-tokenizer.js";
export { charErrors } from "./errors.js";
export { charOptions } from "./options.js";

export default definePlugin({
  name: "codex-plugin-tokenizer-char",
  register(registrar) {
    registrar.provide(TokenizerPoint, "char", {
      options: charOptions,
      dependencies: { corpus: CorpusPoint, safety: SafetyGatePoint },
      create: async ({ corpus, safety }, { minCount }, { signal }) =>
        new CharTokenizer(await fitVocabulary(corpus, safety, minCount, signal)),
      restore: restoreTokenizer,
    });
  },
});
