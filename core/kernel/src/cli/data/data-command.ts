import {
  type BatchShape,
  type BatchSource,
  BatchSourcePoint,
  type PreparedData,
} from "../../contracts/batch-source.js";
import { type Corpus, CorpusPoint } from "../../contracts/corpus.js";
import { ModelPoint } from "../../contracts/model-loader.js";
import { type Tokenizer, TokenizerPoint } from "../../contracts/tokenizer.js";
import { dataErrors } from "../../errors/data-errors.js";
import { isJsonObject } from "../../plugins/read-json-file.js";
import type { Kernel } from "../../run/kernel-types.js";
import type { CommandContext } from "../command.js";
import { type ConfigOptions, readConfigRequest } from "../config-options.js";
import { openRequestedKernel } from "../explain-missing-config.js";
import { progressStream } from "../progress-stream.js";
import { findProjectFolder } from "../project-folder.js";
import { PreparationLine } from "./preparation-progress.js";

/** Tokens are made of data and a tokenizer; nothing else of a config is needed. */
export const sectionsOfTokens: readonly string[] = ["data", "tokenizer"];

/** A kernel over the config that a command line asks for, and where its work is shown. */
export interface DataWork {
  readonly kernel: Kernel;
  readonly projectFolder: string;
  readonly line: PreparationLine;
}

/** Works with a kernel, and closes it. */
export async function withDataKernel<Value>(
  options: ConfigOptions,
  words: readonly string[],
  context: CommandContext,
  needed: readonly string[],
  use: (work: DataWork) => Promise<Value>,
): Promise<Value> {
  const { workingFolder } = context.terminal;
  const projectFolder = findProjectFolder(workingFolder);
  const request = readConfigRequest(options, words, workingFolder);
  const signal = context.interruptible("Stopping. Again to stop at once.");
  const kernel = await openRequestedKernel(context, { projectFolder, workingFolder, ...request, needed, signal });
  const line = new PreparationLine(progressStream(context));
  try {
    line.note("reading the data …");
    return await use({ kernel, projectFolder, line });
  } finally {
    line.clear();
    await kernel.dispose();
  }
}

/**
 * Makes the data ready and shows how far it is.
 *
 * @throws CODEX_DATA_NOT_PREPARABLE
 */
export async function prepareShown(source: BatchSource, line: PreparationLine): Promise<PreparedData> {
  if (!source.prepare) throw notPreparable("prepared");
  line.note("preparing the data …");
  const prepared = await source.prepare((progress) => line.report(progress));
  line.clear();
  return prepared;
}

/** `NAME@VERSION`, where a config asks for its data by name. Prepared data is shared by configs: it does not know. */
export function datasetOf({ config }: Kernel): { readonly dataset?: string } {
  const { data } = config.value;
  return isJsonObject(data) && typeof data.dataset === "string" ? { dataset: data.dataset } : {};
}

/** What batches are made of and read with. */
export interface BatchParts {
  readonly corpus: Corpus;
  readonly source: BatchSource;
  readonly tokenizer: Tokenizer;
  /** Sequences and tokens of a microBatch, as far as the config says. */
  readonly shape: Partial<BatchShape>;
}

/** Works with the parts that read batches, in the shape that trainer and model take; the model is only planned. */
export async function withBatches<Value>(kernel: Kernel, use: (parts: BatchParts) => Promise<Value>): Promise<Value> {
  const points = { corpus: CorpusPoint, source: BatchSourcePoint, tokenizer: TokenizerPoint };
  const { trainer, model: hasModel } = kernel.config.value;
  const microBatch = isJsonObject(trainer) && typeof trainer.microBatch === "number" ? trainer.microBatch : undefined;
  const sequences = microBatch === undefined ? {} : { microBatch };
  if (!hasModel) return kernel.withParts(points, (parts) => use({ ...parts, shape: sequences }));
  return kernel.withParts({ ...points, model: ModelPoint }, ({ model, ...parts }) => {
    const { contextLength } = model.plan({ vocabSize: parts.tokenizer.vocabSize, dtype: "float32" });
    return use({ ...parts, shape: { ...sequences, contextLength } });
  });
}

/** Says that a batch source lacks an optional member. */
export function notPreparable(verb: "prepared" | "verified"): Error {
  const what = `The batch source of this config cannot be ${verb} ahead.`;
  return dataErrors.CODEX_DATA_NOT_PREPARABLE({ what, where: "config → data.type" });
}
