import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { Json } from "../contracts/json.js";
import type { TrackerRecord } from "../contracts/tracker.js";
import type { RecordCache } from "./record-cache.js";
import { toRecord } from "./record-row.js";

const firstBytes = 1 << 14;

/**
 * Reads the records of a run from its folder, in the order of their numbers, also while the run goes on. A line that is
 * not complete yet, or was cut, is no record.
 */
export class RecordReader {
  readonly #lines: readonly RecordLines[];

  /**
   * @param isWanted whether the record of a number is read; others are skipped unparsed
   * @param cache what readers of the same run read of its metrics already
   */
  constructor(folder: string, isWanted: (sequence: number) => boolean, cache: RecordCache) {
    this.#lines = [
      new RecordLines(join(folder, "metrics.ndjson"), isWanted, cache),
      new RecordLines(join(folder, "events.ndjson"), isWanted),
    ];
  }

  /** The next records, up to a number: those up to it must be in the files by now. Empty at the end. */
  async next(limit: number, upTo = Number.POSITIVE_INFINITY): Promise<TrackerRecord[]> {
    const records: TrackerRecord[] = [];
    let files = this.#lines;
    while (records.length < limit) {
      let first: RecordLines | undefined;
      for (const lines of files) {
        const head = lines.peek() ?? (await lines.head());
        // One at its end has nothing up to `upTo` any more: asked again for each record, it would be read each time.
        if (!head) files = files.filter((other) => other !== lines);
        else if (head.sequence < (first?.peeked?.sequence ?? Number.POSITIVE_INFINITY)) first = lines;
      }
      if (!first || first.peeked!.sequence > upTo) break;
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
  #lastSequence = 0;
  /** Where in the file the next line begins. */
  #offset = 0;
  /**
   * What was read of the file from there on is from `#start` to `#end`. One buffer for all reads: garbage of its size
   * makes V8 collect.
   */
  #buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  constructor(
    readonly path: string,
    readonly isWanted: (sequence: number) => boolean,
    readonly cache?: RecordCache,
  ) {}

  /** The next record, where it needs no read: another reader has read it, or its line was read with others. */
  peek(): TrackerRecord | undefined {
    while (this.peeked === undefined) {
      const known = this.cache?.get(this.#offset);
      if (known === undefined) {
        if (!this.#parseLine()) return undefined;
        continue;
      }
      this.#skip(known.end - this.#offset);
      if (this.#isNext(known.record.sequence)) this.peeked = known.record;
    }
    return this.peeked;
  }

  async head(): Promise<TrackerRecord | undefined> {
    while (this.peek() === undefined) if (!(await this.#readOn())) return undefined;
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

  /** Numbers grow; a row of which a part was written before it was written whole comes once. */
  #isNext(sequence: number): boolean {
    return sequence > this.#lastSequence && this.isWanted(sequence);
  }

  /** Passes the next line, whose record is the next one where it holds one; false where no whole line was read. */
  #parseLine(): boolean {
    const end = this.#buffer.indexOf(0x0a, this.#start);
    // What is behind is of an earlier read.
    if (end < 0 || end >= this.#end) return false;
    const begin = this.#offset;
    const line = this.#buffer.toString("utf8", this.#start, end);
    this.#skip(end + 1 - this.#start);
    this.peeked = this.#parse(line);
    if (!this.cache || !this.peeked) return true;
    // Several trackers get it: none can change what the others see.
    if (this.peeked.kind === "metrics") Object.freeze(this.peeked.metrics);
    this.cache.add(begin, Object.freeze(this.peeked), this.#offset);
    return true;
  }

  #parse(line: string): TrackerRecord | undefined {
    const sequence = /"seq":(\d+)/.exec(line)?.[1];
    if (sequence === undefined || !this.#isNext(Number(sequence))) return undefined;
    try {
      const record = toRecord(JSON.parse(line) as Record<string, Json>);
      // A text may hold what looks like a number.
      return record && this.isWanted(record.sequence) ? record : undefined;
    } catch {
      return undefined;
    }
  }

  /** Goes so many bytes on, also beyond what was read. */
  #skip(bytes: number): void {
    this.#offset += bytes;
    this.#start = Math.min(this.#start + bytes, this.#end);
  }

  async #readOn(): Promise<boolean> {
    this.#handle ??= await open(this.path, "r").catch(() => undefined);
    if (!this.#handle) return false;
    const buffer = this.#makeRoom();
    const { bytesRead } = await this.#handle.read(
      buffer,
      this.#end,
      buffer.length - this.#end,
      this.#offset + this.#end,
    );
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
