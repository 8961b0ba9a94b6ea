import { type FileHandle, open, rm } from "node:fs/promises";
import type { MetricPoint } from "../run-store.js";
import { isMissing, writeWhole } from "./whole-file.js";

const tailBytes = 1 << 16;
const lineForm = /^\d+ \S+ -?\d+$/;

/** The line of a point: MLflow takes whole numbers only for time and step, and reads a line without a step as step 0. */
export function lineOf({ timestamp, value, step }: MetricPoint): string {
  return `${timestamp} ${value} ${step}`;
}

/**
 * The values of one metric, a line each. It is made with its first lines, since MLflow cannot read a run that has an
 * empty metric file; and what a crash cut is removed before anything is added.
 */
export class MetricFile {
  private constructor(
    private readonly path: string,
    private handle: FileHandle | undefined,
  ) {}

  /** Opens a file to add lines to it. @param draft where it may be prepared, outside of the metrics */
  static async append(path: string, lines: readonly string[], draft: string): Promise<MetricFile> {
    const text = `${lines.join("\n")}\n`;
    if (await repairTail(path)) {
      const file = new MetricFile(path, await open(path, "a"));
      await file.append(lines);
      return file;
    }
    await writeWhole(path, text, draft);
    return new MetricFile(path, await open(path, "a"));
  }

  /**
   * A failure may leave a part of the lines, so the file is closed: opening it again removes a torn one. That is tried at
   * once, since MLflow cannot read a run with a torn line, and the run may end before its disk has space again.
   */
  async append(lines: readonly string[]): Promise<void> {
    try {
      await this.handle!.appendFile(`${lines.join("\n")}\n`);
    } catch (error) {
      await this.close().catch(() => undefined);
      await repairTail(this.path).catch(() => undefined);
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.handle !== undefined;
  }

  async sync(): Promise<void> {
    await this.handle?.datasync();
  }

  async close(): Promise<void> {
    const { handle } = this;
    this.handle = undefined;
    await handle?.close();
  }
}

/** The last complete lines of a metric's file: at least the last thousand. */
export async function readTail(path: string): Promise<readonly string[]> {
  const tail = await withFile(path, async (handle, sizeBytes) => {
    const from = Math.max(0, sizeBytes - tailBytes);
    const lines = (await readText(handle, from, sizeBytes)).split("\n");
    return lines.slice(from === 0 ? 0 : 1, -1);
  });
  return tail ?? [];
}

/**
 * Cuts a metric's file after its last whole line; one that has none is removed.
 *
 * @returns whether there is a file now
 */
export async function repairTail(path: string): Promise<boolean> {
  const keepBytes = await withFile(path, async (handle, sizeBytes) => {
    let end = sizeBytes;
    while (end > 0) {
      const from = Math.max(0, end - tailBytes);
      const keep = lastLineEnd(await readText(handle, from, end), from === 0);
      if (keep > 0) {
        if (from + keep < sizeBytes) await handle.truncate(from + keep);
        return from + keep;
      }
      // What is cut in two by the window's start is read again.
      end = from === 0 ? 0 : from + 128;
    }
    return 0;
  });
  if (keepBytes === 0) await rm(path, { force: true });
  return keepBytes !== undefined && keepBytes > 0;
}

/** Length of a text, of one byte a character, up to the end of its last line that is one; 0 where there is none. */
function lastLineEnd(text: string, isFromStart: boolean): number {
  let end = text.lastIndexOf("\n");
  while (end >= 0) {
    const before = end === 0 ? -1 : text.lastIndexOf("\n", end - 1);
    if (before < 0 && !isFromStart) return 0;
    if (lineForm.test(text.slice(before + 1, end))) return end + 1;
    end = before;
  }
  return 0;
}

async function withFile<Value>(
  path: string,
  work: (handle: FileHandle, sizeBytes: number) => Promise<Value>,
): Promise<Value | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r+");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    return await work(handle, (await handle.stat()).size);
  } finally {
    await handle.close();
  }
}

async function readText(handle: FileHandle, from: number, to: number): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(to - from), 0, to - from, from);
  return buffer.toString("latin1", 0, bytesRead);
}
