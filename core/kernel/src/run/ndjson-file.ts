import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import type { Json, Named } from "../contracts/json.js";
import { runErrors } from "../errors/run-errors.js";
import { removeCutLine } from "../logging/remove-cut-line.js";

/** A file of JSON objects, one a line. Each line is written at once, so that a crash cuts the last one at most. */
export class NdjsonFile {
  #descriptor: number | undefined;

  /** Opens the file for appending; a last line that was cut is removed. */
  constructor(readonly path: string) {
    this.#descriptor = this.#guard(() => {
      const descriptor = openSync(path, "a+");
      try {
        removeCutLine(descriptor);
        return descriptor;
      } catch (error) {
        closeSync(descriptor);
        throw error;
      }
    });
  }

  /**
   * Adds a line: whole, or not at all.
   *
   * @throws CODEX_RUN_FOLDER_FAILED
   */
  append(row: Named<Json | undefined>): void {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return;
    this.#guard(() => {
      const line = Buffer.from(`${JSON.stringify(row)}\n`);
      const written = writeSync(descriptor, line);
      if (written === line.length) return;
      ftruncateSync(descriptor, fstatSync(descriptor).size - written);
      throw new Error(`only ${written} of ${line.length} bytes could be written`);
    });
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #guard<Value>(action: () => Value): Value {
    try {
      return action();
    } catch (error) {
      const what = `${this.path} cannot be written: ${error instanceof Error ? error.message : error}`;
      throw runErrors.CODEX_RUN_FOLDER_FAILED({ what, where: this.path, cause: error });
    }
  }
}

/** A line of an NDJSON file. */
export type Row = Record<string, Json>;

/** The lines of an NDJSON text that are objects; others (a line that a crash cut) are left out. */
export function parseNdjson(text: string): Row[] {
  return text
    .split("\n")
    .map(parseRow)
    .filter((row) => row !== undefined);
}

/** The object that a line is; undefined for any other line. */
export function parseRow(line: string): Row | undefined {
  if (line === "") return undefined;
  try {
    const row: unknown = JSON.parse(line);
    return typeof row === "object" && row !== null && !Array.isArray(row) ? (row as Row) : undefined;
  } catch {
    // A line that was cut says nothing.
    return undefined;
  }
}
