import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import type { Json, Named } from "../contracts/json.js";
import { runErrors } from "../errors/run-errors.js";

/** A file of JSON objects, one a line. Each line is written at once, so that a crash cuts the last one at most. */
export class NdjsonFile {
  #descriptor: number | undefined;

  /** Opens the file for appending; a last line that was cut is removed. */
  constructor(readonly path: string) {
    this.#descriptor = this.#guard(() => {
      const descriptor = openSync(path, "a+");
      try {
        const content = readFileSync(descriptor);
        const end = content.lastIndexOf(0x0a) + 1;
        if (end < content.length) ftruncateSync(descriptor, end);
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

/** The lines of an NDJSON text that are objects; others (a line that a crash cut) are left out. */
export function parseNdjson(text: string): Record<string, Json>[] {
  const rows: Record<string, Json>[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    try {
      const row: unknown = JSON.parse(line);
      if (typeof row === "object" && row !== null && !Array.isArray(row)) rows.push(row as Record<string, Json>);
    } catch {
      // A line that was cut says nothing.
    }
  }
  return rows;
}
