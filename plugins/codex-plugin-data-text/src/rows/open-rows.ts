import type { BatchReader, BatchShape, Split } from "codex-core";
import type { BlockCache } from "../prepared/block-cache.js";
import type { PreparedTokens } from "../prepared/prepared-tokens.js";
import { type Ingredient, mixed, shares } from "./mixture.js";
import { rowBatches, type ShapedRows } from "./row-batches.js";
import type { RowStream } from "./row-stream.js";
import { openSourceRows } from "./source-rows.js";
import { splitTooShort } from "./split-too-short.js";

/** How documents become rows. */
export type RowKind = "windows" | "packed" | "padded";

/** What rows are made from. */
export interface RowSettings {
  readonly prepared: PreparedTokens;
  readonly split: Split;
  readonly shape: BatchShape;
  readonly kind: RowKind;
  /** Relative share of each source in the training split, by its name; 1 where a source is not named. */
  readonly weights: ReadonlyMap<string, number>;
  /** Orders the training split; undefined for reading in order. */
  readonly seed: number | undefined;
  readonly cache: BlockCache;
  /** Stops the making of an index of rows. */
  readonly signal: AbortSignal;
  /** Takes what has to be closed in the end. */
  readonly opened: { close(): Promise<void> }[];
}

/** The rows of one source, by the length that they fit into. */
interface SourceRows {
  readonly weight: number;
  readonly streams: ReadonlyMap<number, RowStream>;
  readonly rowCount: number;
}

/**
 * Opens the batches of a split. Of several sources, the training split has in every epoch as many rows as they have
 * together, shared out by weight; the validation split has all rows of all, in order.
 *
 * @throws CODEX_DATA_SPLIT_TOO_SHORT, CODEX_DATA_DAMAGED, CODEX_DATA_CACHE
 */
export async function openRows(settings: RowSettings): Promise<BatchReader> {
  const { prepared, split, shape, kind } = settings;
  const seed = split === "train" ? settings.seed : undefined;
  const names = Object.keys(prepared.manifest.sources);
  const tokenCount = tokensOf(settings, names);
  if (kind === "windows" && tokenCount < shape.contextLength + 1) throw splitTooShort(settings, names);
  const sources: SourceRows[] = [];
  for (const name of names) {
    const source = await openSource(settings, name, seed);
    if (source.weight > 0 && source.rowCount === 0) throw splitTooShort(settings, [name]);
    if (source.weight > 0) sources.push(source);
  }
  const shaped = shapedRows(settings, sources, seed);
  if (shaped.length === 0) throw splitTooShort(settings, names);
  return rowBatches(shaped, tokenCount, seed);
}

function tokensOf({ prepared, split, weights }: RowSettings, names: readonly string[]): number {
  const isRead = (name: string) => split === "validation" || weights.get(name) !== 0;
  const counts = names.filter(isRead).map((name) => prepared.manifest.sources[name]?.splits[split].tokens ?? 0);
  return counts.reduce((sum, count) => sum + count, 0);
}

/** A source without held-out text has no part in the validation split. */
async function openSource(settings: RowSettings, name: string, seed: number | undefined): Promise<SourceRows> {
  const streams = await openSourceRows(settings, name, seed);
  const rowCount = [...streams.values()].reduce((sum, { rowsPerEpoch }) => sum + rowsPerEpoch, 0);
  const weight = settings.split === "train" ? (settings.weights.get(name) ?? 1) : rowCount;
  return { weight, streams, rowCount };
}

function shapedRows(
  { shape, kind }: RowSettings,
  sources: readonly SourceRows[],
  seed: number | undefined,
): readonly ShapedRows[] {
  const ingredients = new Map<number, Ingredient[]>();
  for (const { streams, rows } of portions(sources)) {
    const lengths = [...streams.keys()];
    const rowsByLength = shares(
      rows,
      lengths.map((length) => streams.get(length)?.rowsPerEpoch ?? 0),
    );
    for (const [index, length] of lengths.entries()) {
      const stream = streams.get(length) as RowStream;
      const count = rowsByLength[index] ?? 0;
      if (count > 0) ingredients.set(length, [...(ingredients.get(length) ?? []), { stream, rows: count }]);
    }
  }
  const shortestFirst = [...ingredients].sort(([one], [other]) => one - other);
  return shortestFirst.map(([contextLength, parts]) => ({
    shape: { ...shape, contextLength, ...(kind === "packed" ? { packed: true } : {}) },
    stream: mixed(parts, seed),
  }));
}

/** The rows that each source has in an epoch. A source that is alone has its own, whatever its weight. */
function portions(sources: readonly SourceRows[]) {
  const total = sources.reduce((sum, { rowCount }) => sum + rowCount, 0);
  const counts = shares(
    total,
    sources.map(({ weight }) => weight),
  );
  return sources.map(({ streams }, index) => ({ streams, rows: counts[index] ?? 0 }));
}
