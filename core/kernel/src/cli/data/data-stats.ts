import type { DataManifest, ManifestSource, SplitCounts } from "../../contracts/data-manifest.js";
import type { Named } from "../../contracts/json.js";

/** Counts of a split, and what follows from them. */
export interface SplitStats extends SplitCounts {
  readonly charactersPerToken?: number;
  readonly tokensPerDocument?: number;
  /** Half of the documents have no more tokens than this power of two. */
  readonly medianAtMost?: number;
}

/** What a source is, and how much of the data is of it. */
export interface SourceStats {
  readonly name: string;
  readonly license?: string;
  readonly homepage?: string;
  readonly files: number;
  readonly sizeBytes: number;
  readonly dropped?: number;
  /** Of the training tokens, from 0 to 1. */
  readonly tokenShare: number;
  readonly weight?: number;
  /** Of all weights, from 0 to 1. */
  readonly weightShare?: number;
  readonly splits: Named<SplitStats>;
}

/** What a manifest counts, by source and over all of them. */
export interface DataStats {
  readonly sources: readonly SourceStats[];
  /** All sources together. */
  readonly splits: Named<SplitStats>;
}

/** Works out what a manifest's counts say. */
export function dataStats({ sources }: DataManifest): DataStats {
  const all = Object.values(sources);
  const splits: Record<string, SplitCounts> = {};
  for (const source of all) {
    for (const [split, counts] of Object.entries(source.splits)) {
      const known = Object.hasOwn(splits, split) ? splits[split] : undefined;
      splits[split] = known ? sumOf(known, counts) : counts;
    }
  }
  const trainTokens = splits.train?.tokens ?? 0;
  const weights = all.reduce((sum, { weight = 0 }) => sum + weight, 0);
  return {
    sources: Object.entries(sources).map(([name, source]) => sourceStats(name, source, trainTokens, weights)),
    splits: eachSplit(splits),
  };
}

function sourceStats(name: string, source: ManifestSource, trainTokens: number, weights: number): SourceStats {
  const { files, splits, weight, ...described } = source;
  return {
    name,
    ...described,
    files: files.length,
    sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    tokenShare: trainTokens > 0 ? (splits.train?.tokens ?? 0) / trainTokens : 0,
    ...(weight === undefined ? {} : { weight, weightShare: weights > 0 ? weight / weights : 0 }),
    splits: eachSplit(splits),
  };
}

function eachSplit(splits: Named<SplitCounts>): Named<SplitStats> {
  return Object.fromEntries(Object.entries(splits).map(([split, counts]) => [split, splitStats(counts)]));
}

function splitStats(counts: SplitCounts): SplitStats {
  const { documents, tokens, characters, lengths } = counts;
  const median = lengths && medianOf(lengths);
  return {
    ...counts,
    ...(characters !== undefined && tokens > 0 ? { charactersPerToken: characters / tokens } : {}),
    ...(documents > 0 ? { tokensPerDocument: tokens / documents } : {}),
    ...(median === undefined ? {} : { medianAtMost: median }),
  };
}

/** The lengths of documents, shortest first. */
export function lengthBuckets(lengths: Named<number>): readonly (readonly [atMost: number, documents: number])[] {
  const buckets = Object.entries(lengths).map(([atMost, documents]) => [Number(atMost), documents] as const);
  return buckets.filter(([atMost]) => Number.isFinite(atMost)).sort(([one], [other]) => one - other);
}

function medianOf(lengths: Named<number>): number | undefined {
  const buckets = lengthBuckets(lengths);
  const half = buckets.reduce((sum, [, documents]) => sum + documents, 0) / 2;
  let seen = 0;
  for (const [atMost, documents] of buckets) {
    seen += documents;
    if (seen > 0 && seen >= half) return atMost;
  }
  return undefined;
}

/** Counts that one side lacks are not known of the sum. */
function sumOf(one: SplitCounts, other: SplitCounts): SplitCounts {
  const sum = { documents: one.documents + other.documents, tokens: one.tokens + other.tokens };
  return {
    ...sum,
    ...(one.characters === undefined || other.characters === undefined
      ? {}
      : { characters: one.characters + other.characters }),
    ...(one.lengths && other.lengths ? { lengths: sumOfLengths(one.lengths, other.lengths) } : {}),
  };
}

function sumOfLengths(one: Named<number>, other: Named<number>): Named<number> {
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  const countOf = (lengths: Named<number>, key: string): number => (Object.hasOwn(lengths, key) ? lengths[key]! : 0);
  return Object.fromEntries(keys.map((key) => [key, countOf(one, key) + countOf(other, key)]));
}
