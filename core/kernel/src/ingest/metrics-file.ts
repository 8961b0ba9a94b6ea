import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import type { MetricsReading, MetricsRow } from "../contracts/metrics-sink.js";
import { completeLines } from "./complete-lines.js";
import { MetricsRows } from "./metrics-rows.js";

const tailBytes = 64 * 1024;

/**
 * The metrics.ndjson of a run. It is opened once: a resume puts another file in its place, and the reader keeps the one
 * that it began with.
 *
 * A mark is a length and the digest of the 64 KiB before it. That is enough: a row's `seq` is never given out twice, so
 * rows that were cut and written anew differ, and those before equal rows are the same too.
 */
export class MetricsFile {
  readonly #rows = new MetricsRows();

  private constructor(
    private readonly file: FileHandle | undefined,
    private readonly signal: AbortSignal,
  ) {}

  /** A run that has no such file has no rows. */
  static async open(path: string, signal: AbortSignal): Promise<MetricsFile> {
    try {
      return new MetricsFile(await open(path, "r"), signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return new MetricsFile(undefined, signal);
      throw error;
    }
  }

  get isThere(): boolean {
    return this.file !== undefined;
  }

  /** Lines that told no row. */
  get damaged(): number {
    return this.#rows.damaged;
  }

  async read(mark?: string): Promise<MetricsReading> {
    const { file, signal } = this;
    const from = mark === undefined ? undefined : await this.#endOf(mark);
    let end = from ?? 0;
    let endMark = await this.#markAt(end);
    const rows = this.#rows;
    const markAt = (byte: number) => this.#markAt(byte);
    async function* read(): AsyncGenerator<readonly MetricsRow[], void, void> {
      if (!file) return;
      try {
        for await (const { lines, endByte } of completeLines(file, end)) {
          signal.throwIfAborted();
          yield rows.rowsOf(lines);
          end = endByte;
        }
        endMark = await markAt(end);
      } finally {
        // Not later: there may be more runs than a process can have files open.
        await file.close();
      }
    }
    return { goesOn: from !== undefined, rows: read(), mark: () => endMark };
  }

  async close(): Promise<void> {
    await this.file?.close();
  }

  /** Where the rows end that a mark stands for; undefined when they are not there any more. */
  async #endOf(mark: string): Promise<number | undefined> {
    const end = Number.parseInt(mark, 10);
    return Number.isSafeInteger(end) && end >= 0 && (await this.#markAt(end)) === mark ? end : undefined;
  }

  async #markAt(end: number): Promise<string> {
    const bytes = Buffer.alloc(Math.min(end, tailBytes));
    let read = 0;
    if (this.file && bytes.length > 0) {
      ({ bytesRead: read } = await this.file.read(bytes, 0, bytes.length, end - bytes.length));
    }
    return `${end} ${createHash("sha256").update(bytes.subarray(0, read)).digest("hex")}`;
  }
}
