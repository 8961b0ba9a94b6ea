import {
  availableCores,
  BatchSourcePoint,
  CorpusPoint,
  definePlugin,
  SafetyGatePoint,
  TokenizerPoint,
} from "codex-core";
import { textOptions } from "./options.js";
import { planData, splitOptionsDigest } from "./plan-data.js";
import { findHeldOut, findSources } from "./sources/find-sources.js";
import { TextCorpus } from "./sources/text-corpus.js";
import { TextBatchSource } from "./text-batch-source.js";

export { textErrors } from "./errors.js";
export { textOptions } from "./options.js";
export { TextCorpus } from "./sources/text-corpus.js";
export { TextBatchSource } from "./text-batch-source.js";

export default definePlugin({
  name: "codex-plugin-data-text",
  register(registrar) {
    registrar.provide(CorpusPoint, "text", {
      options: textOptions,
      create: async (_, options, { signal, folders }) => {
        const sources = await findSources(options, folders.project);
        const { fingerprint: expectedFingerprint, dataset } = options;
        return new TextCorpus(sources, { signal, cacheFolder: folders.cache, expectedFingerprint, dataset });
      },
    });
    registrar.provide(BatchSourcePoint, "text", {
      options: textOptions,
      plan: planData,
      dependencies: { corpus: CorpusPoint, tokenizer: TokenizerPoint, safety: SafetyGatePoint },
      create: async (parts, options, { signal, logger, seed, folders }) =>
        TextBatchSource.create({
          ...parts,
          split: options.split,
          validationFraction: options.validationFraction,
          validationFiles: await findHeldOut(options, folders.project),
          separator: options.separator,
          cacheFolder: folders.cache,
          shuffleSeed: options.shuffle ? seed : undefined,
          rows: options.rows,
          options: splitOptionsDigest(options),
          workers: options.workers ?? Math.min(8, availableCores() - 1),
          signal,
          logger,
        }),
    });
  },
});
