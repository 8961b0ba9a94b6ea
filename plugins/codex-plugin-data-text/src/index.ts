import { availableParallelism } from "node:os";
import {
  BatchSourcePoint,
  CorpusPoint,
  type CreateContext,
  definePlugin,
  SafetyGatePoint,
  TokenizerPoint,
} from "codex-core";
import { type TextOptions, textOptions } from "./options.js";
import { findFiles } from "./sources/find-files.js";
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
        const paths = [...(options.validationPaths ?? []), ...options.paths];
        const files = await findFiles(paths, searchSettings(options, folders));
        const source = { name: "text", weight: 1, files, textField: options.textField };
        return new TextCorpus([source], { signal, cacheFolder: folders.cache });
      },
    });
    registrar.provide(BatchSourcePoint, "text", {
      options: textOptions,
      dependencies: { corpus: CorpusPoint, tokenizer: TokenizerPoint, safety: SafetyGatePoint },
      create: async (parts, options, { signal, logger, seed, folders }) =>
        TextBatchSource.create({
          ...parts,
          split: options.split,
          validationFraction: options.validationFraction,
          validationFiles: await validationFiles(options, folders),
          separator: options.separator,
          cacheFolder: folders.cache,
          shuffleSeed: options.shuffle ? seed : undefined,
          rows: options.rows,
          workers: options.workers ?? Math.min(8, availableParallelism()),
          signal,
          logger,
        }),
    });
  },
});

async function validationFiles(options: TextOptions, folders: CreateContext["folders"]) {
  if (!options.validationPaths) return undefined;
  const files = await findFiles(options.validationPaths, searchSettings(options, folders));
  return files.map((file) => file.id);
}

function searchSettings({ extensions }: TextOptions, { project }: CreateContext["folders"]) {
  return { projectFolder: project, extensions };
}
