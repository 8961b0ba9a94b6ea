import type { CorpusSource } from "../../contracts/corpus.js";
import { type DataManifest, readDataManifest } from "../../contracts/data-manifest.js";
import { isCodexError } from "../../errors/codex-error.js";
import { isJsonObject } from "../../plugins/read-json-file.js";
import type { Kernel } from "../../run/kernel-types.js";
import type { CommandContext } from "../command.js";
import type { ConfigOptions } from "../config-options.js";
import {
  type BatchParts,
  datasetOf,
  prepareShown,
  sectionsOfTokens,
  withBatches,
  withDataKernel,
} from "./data-command.js";
import { type DataStats, dataStats } from "./data-stats.js";
import { renderStats } from "./render-stats.js";

/** How often a run reads its data. */
export interface EpochsOfRun {
  readonly maxSteps: number;
  readonly epochs?: number;
  /** Why they are not known. */
  readonly problem?: string;
}

/** What `codex data stats` answers. */
export interface StatsAnswer extends DataStats {
  readonly folder: string;
  readonly dataset?: string;
  readonly run?: EpochsOfRun;
}

/** Counts a config's data, which is made ready where it is not. */
export async function showStats(
  options: ConfigOptions,
  words: readonly string[],
  context: CommandContext,
): Promise<void> {
  const answer = await withDataKernel(options, words, context, sectionsOfTokens, ({ kernel, line }) =>
    withBatches(kernel, async (parts): Promise<StatsAnswer> => {
      const { folder, manifest } = await prepareShown(parts.source, line);
      const known = withWhatHoldsNow(readDataManifest(manifest), (await parts.corpus.sources?.()) ?? []);
      const run = await epochsOf(kernel, parts);
      return {
        folder,
        ...datasetOf(kernel),
        ...dataStats(known),
        ...(run ? { run } : {}),
      };
    }),
  );
  context.answer(answer, () => renderStats(answer, context.terminal.workingFolder));
}

/** Weights, licences and homepages may change without the tokens being made anew: the corpus says what holds now. */
function withWhatHoldsNow(manifest: DataManifest, sources: readonly CorpusSource[]): DataManifest {
  const described = new Map(sources.map(({ name, files: _, ...description }) => [name, description]));
  const entries = Object.entries(manifest.sources).map(([name, source]) => [
    name,
    { ...source, ...described.get(name) },
  ]);
  return { ...manifest, sources: Object.fromEntries(entries) };
}

/** Passes over the training split that `trainer.maxSteps` comes to; undefined where the config names no number of steps. */
async function epochsOf(kernel: Kernel, { source, shape }: BatchParts): Promise<EpochsOfRun | undefined> {
  const trainer = isJsonObject(kernel.config.value.trainer) ? kernel.config.value.trainer : {};
  const { maxSteps, gradAccumSteps } = trainer;
  const { microBatch, contextLength } = shape;
  if (typeof maxSteps !== "number" || microBatch === undefined || contextLength === undefined) return undefined;
  try {
    const { microBatchesPerEpoch } = await source.open("train", { microBatch, contextLength });
    const microSteps = maxSteps * (typeof gradAccumSteps === "number" ? gradAccumSteps : 1);
    return { maxSteps, epochs: microSteps / microBatchesPerEpoch };
  } catch (error) {
    if (!isCodexError(error)) throw error;
    return { maxSteps, problem: error.what };
  }
}
