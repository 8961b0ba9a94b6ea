import { join } from "node:path";
import type { MetricsRecord, TrackerRecord } from "codex-core";
import { toKey } from "./keys.js";
import type { ArtifactKind } from "./options.js";
import { toParams, toTags } from "./run-facts.js";
import type { ArtifactFile, LoggedEntries, MetricPoint, NamedText } from "./run-store.js";

/** What a batch of records is in MLflow. */
export interface BatchContent extends LoggedEntries {
  readonly files: readonly ArtifactFile[];
}

/** Histograms have no place in MLflow and are left out, as are artifacts of other kinds than `kinds`. */
export function contentOf(
  records: readonly TrackerRecord[],
  runFolder: string,
  kinds: readonly ArtifactKind[],
): BatchContent {
  const metrics: MetricPoint[] = [];
  const params: NamedText[] = [];
  const tags: NamedText[] = [];
  const files: ArtifactFile[] = [];
  for (const record of records) {
    if (record.kind === "metrics") addPoints(record, metrics);
    else if (record.kind === "params") params.push(...toParams(record.params));
    else if (record.kind === "tags") tags.push(...toTags(record.tags));
    else {
      const [kind, file] = fileOf(record, runFolder);
      if (file && kinds.includes(kind)) files.push(file);
    }
  }
  return { metrics, params, tags: lastOfEach(tags), files };
}

/** Adds the numbers of a record, in the order of its metrics. */
export function addPoints({ timeMs, step, metrics }: MetricsRecord, points: MetricPoint[]): void {
  const timestamp = Math.max(0, Math.round(timeMs));
  const wholeStep = Math.round(step);
  for (const name in metrics) points.push({ key: toKey(name), value: metrics[name]!, timestamp, step: wholeStep });
}

type FileRecord = Exclude<TrackerRecord, { kind: "metrics" | "params" | "tags" }>;

function fileOf(record: FileRecord, runFolder: string): readonly [ArtifactKind, ArtifactFile | undefined] {
  switch (record.kind) {
    case "sample": {
      const path = `samples/${nameOf(record)}.txt`;
      return ["texts", { path, content: { text: `${record.prompt}${record.text}\n` } }];
    }
    case "text":
      return ["texts", { path: `texts/${toKey(record.key)}/${nameOf(record)}.txt`, content: { text: record.text } }];
    case "table": {
      // The form of MLflow's own tables.
      const text = JSON.stringify({ columns: record.columns, data: record.rows });
      return ["tables", { path: `tables/${toKey(record.key)}/${nameOf(record)}.json`, content: { text } }];
    }
    case "image": {
      const path = `images/${toKey(record.key)}/${nameOf(record)}.png`;
      return ["images", { path, content: { copyOf: join(runFolder, record.path) } }];
    }
    case "artifact": {
      const isFile = record.type === "file";
      const path = isFile ? toKey(record.name) : `checkpoints/${toKey(record.name)}`;
      return [isFile ? "files" : "checkpoints", { path, content: { copyOf: join(runFolder, record.path) } }];
    }
    case "histogram":
      return ["files", undefined];
  }
}

/** Tells the records of a step apart, and is the same when a record comes again. */
function nameOf({ step, sequence }: FileRecord): string {
  return `step-${String(step).padStart(8, "0")}-${sequence}`;
}

/** A batch of MLflow must not set a tag twice. */
function lastOfEach(tags: readonly NamedText[]): readonly NamedText[] {
  return [...new Map(tags.map((tag) => [tag.key, tag])).values()];
}
