import { readFile } from "node:fs/promises";
import type { StoredValue } from "codex-core/testing";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import sqlite from "node-sqlite3-wasm";

/** The values of a CSV file. */
export async function readCsvValues(path: string): Promise<StoredValue[]> {
  const [, ...lines] = (await readFile(path, "utf8")).trimEnd().split("\n");
  return lines.map((line) => {
    const [runId, step, timeMs, sequence, ...rest] = line.split(",");
    const value = rest.pop();
    const key = rest.join(",").replace(/^"(.*)"$/, (_, inner) => inner.replaceAll('""', '"'));
    const wholeOrNull = (text?: string) => (text === "" ? null : Number(text));
    return {
      runId: runId!,
      step: Number(step),
      timeMs: wholeOrNull(timeMs),
      sequence: wholeOrNull(sequence),
      key,
      value: Number(value),
    };
  });
}

export interface SqlRow {
  readonly [column: string]: string | number | bigint | Uint8Array | null;
}

/** Asks an SQLite database. */
export function query(path: string, sql: string): SqlRow[] {
  const database = new sqlite.Database(path, { readOnly: true });
  try {
    return database.all(sql) as SqlRow[];
  } finally {
    database.close();
  }
}

/** The values of an SQLite database; NULL stands for NaN. */
export async function readSqliteValues(path: string): Promise<StoredValue[]> {
  return query(path, "SELECT * FROM metrics").map((row) => ({
    ...common(row),
    value: row.value === null ? Number.NaN : Number(row.value),
  }));
}

/** The values of a Parquet file. */
export async function readParquetValues(path: string): Promise<StoredValue[]> {
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
  return rows.map((row) => ({ ...common(row as SqlRow), value: row.value as number }));
}

function common(row: SqlRow) {
  const wholeOrNull = (value?: unknown) => (value === null || value === undefined ? null : Number(value));
  return {
    runId: String(row.run_id),
    step: Number(row.step),
    timeMs: wholeOrNull(row.time_ms),
    sequence: wholeOrNull(row.sequence),
    key: String(row.key),
  };
}
