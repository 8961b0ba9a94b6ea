import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { Json } from "../contracts/json.js";
import type { TrackerRecord } from "../contracts/tracker.js";
import type { RecordCache } from "./record-cache.js";
import { toRecord } from "./record-row.js";

const firstBytes = 1 << 14;
/** How rows of metrics begin. */
const metricsStart = /^\{"seq":(\d+),/;

/**
 * Reads the records of a run from its folder, in the order of their numbers, also while the run goes on. A line that is
 * not complete yet, or was cut, is no record.
 */
export class RecordReader {
  readonly #lines: readonly RecordLines[];

  /**
   * @param isWanted whether the record of a number is read; others are skipped unparsed
   * @param cache what readers of the same run parsed already
   */
  constructor(folder: string, isWanted: (sequence: number) => boolean, cache: RecordCache) {
    const names = ["metrics.ndjson", "events.ndjson"];
    this.#lines = names.map((name) => new RecordLines(join(folder, name), isWanted, cache));
  }

  /** The next records, up to a number: those up to it must be in the files by now. Empty at the end. */
  async next(limit: number, upTo = Number.POSITIVE_INFINITY): Promise<TrackerRecord[]> {
    const records: TrackerRecord[] = [];
    while (records.length < limit) {
      let first: RecordLines | undefined;
      for (const lines of this.#lines) {
        const head = await lines.head();
        if (head && head.sequence <= upTo && head.sequence < (first?.peeked?.sequence ?? Number.POSITIVE_INFINITY)) {
          first = lines;
        }
      }
      if (!first) break;
      records.push(first.take());
    }
    return records;
  }

  /** Whether the files have no further record for now. */
  async isAtEnd(): Promise<boolean> {
    for (const lines of this.#lines) if (await lines.head()) return false;
    return true;
  }

  async close(): Promise<void> {
    for (const lines of this.#lines) await lines.close();
  }
}

/** The records of one file, one after the other. */
class RecordLines {
  /** The next record, when it was looked for. */
  peeked: TrackerRecord | undefined;
  #handle: FileHandle | undefined;
  #position = 0;
  #lastSequence = 0;
  /** What was read and not used yet is from `#start` to `#end`. One buffer for all reads: garbage of its size makes V8 collect. */
  #buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  constructor(
    readonly path: string,
    readonly isWanted: (sequence: number) => boolean,
    readonly cache: RecordCache,
  ) {}

  async head(): Promise<TrackerRecord | undefined> {
    while (this.peeked === undefined) {
      const line = await this.#line();
      if (line === undefined) return undefined;
      this.peeked = this.#parse(line);
    }
    return this.peeked;
  }

  take(): TrackerRecord {
    const record = this.peeked!;
    this.peeked = undefined;
    this.#lastSequence = record.sequence;
    return record;
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  #parse(line: string): TrackerRecord | undefined {
    const metrics = metricsStart.exec(line)?.[1];
    const sequence = metrics ?? /"seq":(\d+)/.exec(line)?.[1];
    if (sequence === undefined || !this.isWanted(Number(sequence))) return undefined;
    // Numbers grow; a row of which a part was written before it was written whole comes once.
    if (Number(sequence) <= this.#lastSequence) return undefined;
    const known = metrics === undefined ? undefined : this.cache.get(Number(metrics));
    if (known) return known;
    try {
      const record = toRecord(JSON.parse(line) as Record<string, Json>);
      // A text may hold what looks like a number.
      if (!record || !this.isWanted(record.sequence)) return undefined;
      if (record.kind !== "metrics") return record;
      // Several trackers get it: none can change what the others see.
      Object.freeze(record.metrics);
      this.cache.add(Object.freeze(record));
      return record;
    } catch {
      return undefined;
    }
  }

  async #line(): Promise<string | undefined> {
    while (true) {
      const end = this.#buffer.indexOf(0x0a, this.#start);
      // What is behind is of an earlier read.
      if (end >= 0 && end < this.#end) {
        const line = this.#buffer.toString("utf8", this.#start, end);
        this.#start = end + 1;
        return line;
      }
      if (!(await this.#readOn())) return undefined;
    }
  }

  async #readOn(): Promise<boolean> {
    this.#handle ??= await open(this.path, "r").catch(() => undefined);
    if (!this.#handle) return false;
    const buffer = this.#makeRoom();
    const { bytesRead } = await this.#handle.read(buffer, this.#end, buffer.length - this.#end, this.#position);
    this.#position += bytesRead;
    this.#end += bytesRead;
    return bytesRead > 0;
  }

  /** The buffer with what is not used at its beginning, and larger where that fills it. */
  #makeRoom(): Buffer {
    const rest = this.#buffer.subarray(this.#start, this.#end);
    if (rest.length === this.#buffer.length) {
      this.#buffer = Buffer.concat([rest], Math.max(firstBytes, 2 * rest.length));
    } else this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    return this.#buffer;
  }
}
