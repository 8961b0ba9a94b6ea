import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { DataFacts, PlanContext } from "codex-core";
import type { TextOptions } from "./options.js";
import { type DataManifest, digestOf, readManifest } from "./prepared/data-manifest.js";
import { findSources } from "./sources/find-sources.js";
import { TextCorpus } from "./sources/text-corpus.js";

/** Digest of the options that decide, beside the corpus and the tokenizer, which tokens a split has. */
export function splitOptionsDigest(options: TextOptions): string {
  const { validationFraction, validationPaths, split, separator } = options;
  return digestOf({ validationFraction, validationPaths, split, separator });
}

/**
 * How many tokens a run will read, where they were prepared before: from this corpus, by this tokenizer, under these
 * options. Nothing where they were not, where safety filters made several versions of them, or where rows do not need a
 * whole context of tokens. Prepares nothing, and reads the corpus only where tokens of it may be there.
 */
export async function planData(options: TextOptions, context: PlanContext): Promise<DataFacts> {
  const { folders, tokenizer, signal } = context;
  if (!tokenizer || options.rows !== "windows") return {};
  const sources = await findSources(options, folders.project);
  const digest = splitOptionsDigest(options);
  const candidates = (await preparedManifests(join(folders.cache, "tokens"))).filter(
    (manifest) => manifest.tokenizer === tokenizer.fingerprint && manifest.options === digest,
  );
  if (candidates.length === 0) return {};
  const corpus = await new TextCorpus(sources, { signal, cacheFolder: folders.cache }).fingerprint();
  const same = candidates.filter((manifest) => manifest.corpus === corpus);
  const counts = new Set(same.map((manifest) => JSON.stringify(countsOf(manifest))));
  const [only] = counts;
  return counts.size === 1 && only ? (JSON.parse(only) as DataFacts) : {};
}

async function preparedManifests(folder: string): Promise<DataManifest[]> {
  const names = await readdir(folder).catch(() => []);
  const read = names.filter((name) => !name.endsWith(".tmp")).map((name) => readManifest(join(folder, name)));
  const manifests = await Promise.all(read.map((manifest) => manifest.catch(() => undefined)));
  return manifests.filter((manifest) => manifest !== undefined);
}

function countsOf({ sources }: DataManifest): DataFacts {
  const sum = (split: "train" | "validation") =>
    Object.values(sources).reduce((tokens, source) => tokens + source.splits[split].tokens, 0);
  return { trainTokens: sum("train"), validationTokens: sum("validation") };
}
