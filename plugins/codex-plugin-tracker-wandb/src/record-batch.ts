import { join } from "node:path";
import type {
  ArtifactRecord,
  ImageRecord,
  MetricsRecord,
  SampleRecord,
  TableRecord,
  TextRecord,
  TrackerRecord,
} from "codex-core";
import { HistoryBatch } from "./history-batch.js";
import { jsonText } from "./json-text.js";
import { historyKey, paramPath, samplesKey } from "./keys.js";
import { histogramJson, type MediaFile, readTableRows, writeImage, writeTable } from "./media.js";
import { configRecord, type Entry, filesRecord, statsRecord, tagEntries, type WriteRecord } from "./records.js";
import { artifactPath, placeFiles } from "./run-files.js";
import type { Step } from "./step.js";
import { isSystemMetric, toStat } from "./system-stats.js";

export interface BatchPlace {
  /** The run's own folder, where files that records name lie. */
  readonly runFolder: string;
  /** Where files for W&B go. */
  readonly filesFolder: string;
  /** Names of artifacts that are taken; `checkpoints` stands for all checkpoints. */
  readonly artifacts: readonly string[];
  /** Paths of files that the W&B run has already. */
  readonly listed: ReadonlySet<string>;
  readonly startedAtMs: number;
  /** Told of a record that is left out. */
  leftOut(record: TrackerRecord, why: string): void;
}

/** What a batch of records is to W&B. Files are written at once, records are only gathered. */
export class RecordBatch {
  /** Files that the batch adds. */
  readonly listed = new Set<string>();
  private readonly leading: WriteRecord[] = [];
  private readonly history: HistoryBatch;

  constructor(
    private readonly place: BatchPlace,
    open: Step | undefined,
  ) {
    this.history = new HistoryBatch(open);
  }

  /** The step that is open after the batch. */
  get open(): Step | undefined {
    return this.history.open;
  }

  records(): readonly WriteRecord[] {
    return [...this.leading, ...this.history.records(this.place.startedAtMs)];
  }

  /** Gives a promise for a record that needs files. */
  add(record: TrackerRecord): Promise<void> | undefined {
    switch (record.kind) {
      case "metrics":
        this.addMetrics(record);
        return;
      case "histogram":
        this.addValue(record, record.key, histogramJson(record.edges, record.counts));
        return;
      case "params":
        this.addConfig(Object.entries(record.params).map(([name, value]) => [paramPath(name), jsonText(value)]));
        return;
      case "tags":
        this.addConfig(tagEntries(record.tags));
        return;
      case "sample":
        return this.addSample(record);
      case "text":
        return this.addTable(record, ["text"], [[record.text]]);
      case "table":
        return this.addTable(record, record.columns, record.rows);
      case "image":
        return this.addImage(record);
      case "artifact":
        return this.addArtifact(record);
    }
  }

  private addMetrics({ step, timeMs, metrics }: MetricsRecord): void {
    const values = new Map<string, string>();
    let stats: Map<string, number> | undefined;
    for (const name in metrics) {
      const value = metrics[name]!;
      if (!isSystemMetric(name)) values.set(historyKey(name), jsonText(value));
      else {
        stats ??= new Map();
        stats.set(...toStat(name, value));
      }
    }
    if (stats) this.leading.push(statsRecord(timeMs, stats));
    this.history.add({ step, timeMs, values });
  }

  private async addTable(
    record: TextRecord | TableRecord,
    columns: readonly string[],
    rows: TableRecord["rows"],
  ): Promise<void> {
    this.addMedia(record, await writeTable(this.place.filesFolder, record.key, record.step, columns, rows));
  }

  /** The samples of a step are one table. */
  private async addSample(record: SampleRecord): Promise<void> {
    const { filesFolder } = this.place;
    const before = this.history.find(record.step)?.values.get(samplesKey);
    const rows = [...(before ? await readTableRows(filesFolder, before) : []), [record.prompt, record.text]];
    const table = await writeTable(filesFolder, samplesKey, record.step, ["prompt", "text"], rows);
    this.addMedia({ ...record, key: samplesKey }, table);
  }

  private async addImage(record: ImageRecord): Promise<void> {
    const { runFolder, filesFolder } = this.place;
    const image = await writeImage(filesFolder, record.key, record.step, join(runFolder, record.path));
    if (image) this.addMedia(record, image);
    else this.place.leftOut(record, "its file is gone or is no PNG");
  }

  private async addArtifact(record: ArtifactRecord): Promise<void> {
    const { runFolder, filesFolder, artifacts } = this.place;
    if (!artifacts.includes(record.type === "checkpoint" ? "checkpoints" : record.name)) return;
    const paths = await placeFiles(join(runFolder, record.path), filesFolder, artifactPath(record));
    if (paths.length === 0) this.place.leftOut(record, "its file is gone");
    this.list(paths);
  }

  private addMedia(record: { readonly key: string; readonly step: number; readonly timeMs: number }, file: MediaFile) {
    this.list([file.path]);
    this.addValue(record, record.key, file.json);
  }

  private addValue(
    { step, timeMs }: { readonly step: number; readonly timeMs: number },
    key: string,
    json: string,
  ): void {
    this.history.add({ step, timeMs, values: new Map([[historyKey(key), json]]) });
  }

  private addConfig(entries: readonly Entry[]): void {
    if (entries.length > 0) this.leading.push(configRecord(entries));
  }

  private list(paths: readonly string[]): void {
    const fresh = paths.filter((path) => !this.place.listed.has(path) && !this.listed.has(path));
    for (const path of fresh) this.listed.add(path);
    if (fresh.length > 0) this.leading.push(filesRecord(fresh));
  }
}
