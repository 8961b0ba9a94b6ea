import { closeSync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { extname } from "node:path";
import { removeCutLine } from "./remove-cut-line.js";

export interface RotatingFileSettings {
  readonly path: string;
  /** The file is put aside before it grows beyond this. */
  readonly maxBytes: number;
  /** Files that are kept, the current one among them. */
  readonly maxFiles: number;
  /** The line that tells of lines which could not be written, with its end. */
  lossLine(count: number, reason: string): string;
}

/**
 * A file of lines that never throws and never grows without end: a full one becomes `log.1.ndjson`, the one before
 * `log.2.ndjson`. A line is written at once and whole, or not at all; how many were lost is told as soon as lines can be
 * written again.
 */
export class RotatingFile {
  #descriptor: number | undefined;
  #sizeBytes = 0;
  #lost = 0;
  #lossReason = "";
  #isClosed = false;

  /** Makes the file, if that is possible now. */
  constructor(readonly settings: RotatingFileSettings) {
    this.append("");
    this.#lost = 0;
  }

  /** @param line with its end */
  append(line: string): void {
    if (this.#isClosed) return;
    try {
      this.#descriptor ??= this.#open();
      const before = this.#lost > 0 ? this.settings.lossLine(this.#lost, this.#lossReason) : "";
      this.#write(before + line);
      this.#lost = 0;
    } catch (error) {
      this.#lost++;
      this.#lossReason = error instanceof Error ? error.message : String(error);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#release();
  }

  #write(line: string): void {
    const bytes = Buffer.from(line, "utf8");
    if (this.#sizeBytes > 0 && this.#sizeBytes + bytes.length > this.settings.maxBytes) this.#rotate();
    const descriptor = this.#descriptor!;
    let written = 0;
    try {
      written = writeSync(descriptor, bytes);
      if (written < bytes.length) throw new Error(`only ${written} of ${bytes.length} bytes could be written`);
      this.#sizeBytes += bytes.length;
    } catch (error) {
      if (written > 0) ftruncateSync(descriptor, this.#sizeBytes);
      throw error;
    }
  }

  /** Opens the file for appending; a last line that a crash cut is removed. */
  #open(): number {
    const descriptor = openSync(this.settings.path, "a+");
    try {
      this.#sizeBytes = removeCutLine(descriptor);
      return descriptor;
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  #rotate(): void {
    const { path, maxFiles } = this.settings;
    this.#release();
    try {
      for (let age = maxFiles - 1; age > 1; age--) renameIfThere(agedPath(path, age - 1), agedPath(path, age));
      if (maxFiles > 1) renameSync(path, agedPath(path, 1));
      else rmSync(path, { force: true });
    } catch {
      // Better a file that is too long than lines that are lost.
    }
    this.#descriptor = this.#open();
  }

  #release(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor === undefined) return;
    try {
      closeSync(descriptor);
    } catch {
      // The lines are written, or counted as lost.
    }
  }
}

/** `log.ndjson` of age 2 is `log.2.ndjson`. */
function agedPath(path: string, age: number): string {
  const end = extname(path);
  return `${path.slice(0, path.length - end.length)}.${age}${end}`;
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
