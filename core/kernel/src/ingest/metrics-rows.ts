import type { Json } from "../contracts/json.js";
import type { MetricsRow } from "../contracts/metrics-sink.js";
import { fromJsonNumber } from "../run/json-number.js";

const fixed = new Set(["seq", "step", "timeMs"]);

/** Makes rows of the lines of a metrics.ndjson. */
export class MetricsRows {
  /** Lines that are no row with a step: a crash cut them, or the disk lost them. */
  damaged = 0;
  readonly #namesOfFields = new Map<string, readonly string[]>();

  rowsOf(lines: readonly string[]): MetricsRow[] {
    const rows: MetricsRow[] = [];
    for (const line of lines) {
      const row = this.#rowOf(line);
      if (row) rows.push(row);
      else if (line !== "") this.damaged++;
    }
    return rows;
  }

  #rowOf(line: string): MetricsRow | undefined {
    const fields = parseRow(line);
    if (!fields) return undefined;
    const { step, timeMs, seq } = fields;
    if (!Number.isSafeInteger(step)) return undefined;
    const names = Object.keys(fields);
    const values: number[] = [];
    let left: string[] | undefined;
    for (const name of names) {
      if (fixed.has(name)) continue;
      const value = fromJsonNumber(fields[name]);
      if (value !== undefined) values.push(value);
      else left = [...(left ?? []), name];
    }
    return {
      step: step as number,
      timeMs: wholeOrNull(timeMs),
      sequence: wholeOrNull(seq),
      keys: this.#keysOf(names, left),
      values,
    };
  }

  /** The names of metrics; the same array for the same fields, also across rows. */
  #keysOf(names: readonly string[], left: readonly string[] | undefined): readonly string[] {
    const label = `${names.join("\n")}\n\n${left?.join("\n") ?? ""}`;
    let keys = this.#namesOfFields.get(label);
    if (!keys) {
      keys = names.filter((name) => !fixed.has(name) && !left?.includes(name));
      // Fields that change from row to row are no reason to keep them all.
      if (this.#namesOfFields.size >= 1000) this.#namesOfFields.clear();
      this.#namesOfFields.set(label, keys);
    }
    return keys;
  }
}

/** The object of a line; undefined for a line that is none. */
export function parseRow(line: string): { readonly [name: string]: Json } | undefined {
  try {
    const row: unknown = JSON.parse(line);
    if (typeof row !== "object" || row === null || Array.isArray(row)) return undefined;
    return row as { readonly [name: string]: Json };
  } catch {
    return undefined;
  }
}

function wholeOrNull(value: Json | undefined): number | null {
  const whole = typeof value === "number" ? Math.round(value) : Number.NaN;
  return Number.isSafeInteger(whole) ? whole : null;
}
