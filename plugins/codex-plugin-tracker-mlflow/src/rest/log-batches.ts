import type { LoggedEntries, MetricPoint, NamedText } from "../run-store.js";

const limits = { metrics: 1000, params: 100, tags: 100, all: 1000 } as const;
/** Of 1,000,000 that a server takes, less what is around the entries. */
const maxBytes = 990_000;

type Kind = keyof LoggedEntries;
type Entry = MetricPoint | NamedText;

/** Entries as JSON, each of a kind, that one request holds. */
export interface LogBatch {
  readonly entries: readonly { readonly kind: Kind; readonly json: string }[];
}

/** Entries in their order, params and tags first, in as few requests as a server's limits allow. */
export function toBatches({ params, tags, metrics }: LoggedEntries): readonly LogBatch[] {
  const entries = [
    ...params.map((param) => toEntry("params", param)),
    ...tags.map((tag) => toEntry("tags", tag)),
    ...metrics.map((point) => toEntry("metrics", { ...point, value: numberOf(point.value) })),
  ];
  const batches: LogBatch["entries"][number][][] = [];
  let counts = { metrics: 0, params: 0, tags: 0, all: 0, bytes: 0 };
  for (const entry of entries) {
    const sizeBytes = Buffer.byteLength(entry.json) + 1;
    const isFull =
      counts[entry.kind] >= limits[entry.kind] || counts.all >= limits.all || counts.bytes + sizeBytes > maxBytes;
    if (batches.length === 0 || isFull) {
      batches.push([]);
      counts = { metrics: 0, params: 0, tags: 0, all: 0, bytes: 0 };
    }
    batches.at(-1)!.push(entry);
    counts[entry.kind]++;
    counts.all++;
    counts.bytes += sizeBytes;
  }
  return batches.map((batch) => ({ entries: batch }));
}

/** A batch's halves; those of one entry are none. */
export function halvesOf({ entries }: LogBatch): readonly LogBatch[] {
  if (entries.length < 2) return [];
  const middle = Math.ceil(entries.length / 2);
  return [{ entries: entries.slice(0, middle) }, { entries: entries.slice(middle) }];
}

/** The request's body. */
export function toJson(runId: string, { entries }: LogBatch): string {
  const of = (kind: Kind) => entries.filter((entry) => entry.kind === kind).map(({ json }) => json);
  const lists = (["metrics", "params", "tags"] as const).map((kind) => `"${kind}":[${of(kind).join(",")}]`);
  return `{"run_id":${JSON.stringify(runId)},${lists.join(",")}}`;
}

function toEntry(kind: Kind, entry: Entry | (Omit<MetricPoint, "value"> & { value: number | string })) {
  return { kind, json: JSON.stringify(entry) };
}

/** Numbers that JSON has none for travel as words. */
function numberOf(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
