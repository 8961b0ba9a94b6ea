import { stat } from "node:fs/promises";
import { AppendFile, type TrackerRecord } from "codex-core";
import { completeLines } from "./lines.js";
import { RecentRecords, type RecordKey } from "./recent-records.js";
import { rewriteLines } from "./rewrite-lines.js";

/** How records stand in a file, a record a line. */
export interface RecordFormat<Kind extends TrackerRecord["kind"]> {
  readonly kinds: readonly Kind[];
  readonly fileName: string;
  /** Takes a file that exists for its own, before lines are added. False: the file is something else. */
  adopt(firstLine: string): boolean;
  /** The record that a line holds, undefined for a line that holds none. */
  keyOf(line: string, index: number): RecordKey | "header" | undefined;
  /** The lines of records. What the file has to have before them goes to `before`. */
  linesOf(records: readonly Extract<TrackerRecord, { kind: Kind }>[], before: FileChange): Promise<string>;
}

/** How a format changes a file before lines are added. */
export interface FileChange {
  append(text: string): Promise<void>;
  rewrite(change: (line: string, index: number) => string): Promise<void>;
}

/** A file of records in some format: repaired and cut when it is opened, each record once. */
export class RecordFile<Kind extends TrackerRecord["kind"]> implements FileChange {
  private constructor(
    private readonly path: string,
    private readonly format: RecordFormat<Kind>,
    private readonly known: RecentRecords,
    private file: AppendFile,
  ) {}

  /** Opens the file and cuts what is torn, or of a step after `lastStep`. */
  static async open<Kind extends TrackerRecord["kind"]>(
    path: string,
    format: RecordFormat<Kind>,
    lastStep: number,
  ): Promise<RecordFile<Kind>> {
    const known = new RecentRecords();
    if (await exists(path)) await adoptLines(path, format, lastStep, known);
    return new RecordFile(path, format, known, await AppendFile.open(path));
  }

  has(record: TrackerRecord): boolean {
    return this.isOfKind(record) && this.known.has(record);
  }

  async write(records: readonly TrackerRecord[]): Promise<void> {
    const fresh = records.filter((record) => this.isOfKind(record)).filter((record) => this.known.add(record));
    if (fresh.length === 0) return;
    try {
      await this.append(await this.format.linesOf(fresh, this));
    } catch (error) {
      for (const record of fresh) this.known.remove(record);
      throw error;
    }
  }

  append(text: string): Promise<void> {
    return this.file.append(text);
  }

  async rewrite(change: (line: string, index: number) => string): Promise<void> {
    try {
      await this.file.close();
      await rewriteLines(this.path, change);
    } finally {
      this.file = await AppendFile.open(this.path);
    }
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private isOfKind(record: TrackerRecord): record is Extract<TrackerRecord, { kind: Kind }> {
    return (this.format.kinds as readonly string[]).includes(record.kind);
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function adoptLines<Kind extends TrackerRecord["kind"]>(
  path: string,
  format: RecordFormat<Kind>,
  lastStep: number,
  known: RecentRecords,
): Promise<void> {
  for await (const firstLine of completeLines(path)) {
    if (!format.adopt(firstLine)) throw new Error("the file is there already and was not written by this tracker");
    break;
  }
  const keep = (line: string, index: number) => {
    const key = format.keyOf(line, index);
    if (key === "header") return line;
    if (key === undefined || key.step > lastStep) return undefined;
    known.add(key);
    return line;
  };
  // One that needs no repair stays where it is: the disk may have no space for two.
  if ((await keptBytes(path, keep)) !== (await stat(path)).size) await rewriteLines(path, keep);
}

async function keptBytes(path: string, keep: (line: string, index: number) => string | undefined): Promise<number> {
  let bytes = 0;
  let index = 0;
  for await (const line of completeLines(path)) {
    const kept = keep(line, index++);
    if (kept !== undefined) bytes += Buffer.byteLength(kept) + 1;
  }
  return bytes;
}
