import { ingestErrors } from "codex-core";
import type { Database } from "node-sqlite3-wasm";
import { metricColumns, runColumns } from "../columns.js";

const tables = {
  metrics: {
    columns: metricColumns,
    sql: `CREATE TABLE metrics (
      run_id TEXT NOT NULL, step INTEGER NOT NULL, time_ms INTEGER, sequence INTEGER, key TEXT NOT NULL, value REAL)`,
  },
  runs: {
    columns: runColumns,
    sql: `CREATE TABLE runs (
      run_id TEXT PRIMARY KEY, name TEXT, status TEXT NOT NULL, started_at TEXT, ended_at TEXT, command TEXT,
      folder TEXT NOT NULL, config TEXT)`,
  },
  ingested: {
    columns: ["run_id", "mark"],
    sql: "CREATE TABLE ingested (run_id TEXT PRIMARY KEY, mark TEXT NOT NULL)",
  },
};

/** Makes the tables that are missing. @throws CODEX_INGEST_FOREIGN when one of that name has other columns */
export function ensureTables(database: Database, where: string): void {
  for (const [name, { columns, sql }] of Object.entries(tables)) {
    const found = database.all("SELECT name FROM pragma_table_info(?)", [name]).map((column) => column.name);
    if (found.length === 0) database.exec(sql);
    else if (columns.some((column) => !found.includes(column))) {
      throw ingestErrors.CODEX_INGEST_FOREIGN({
        what: `${where} has a table ${name} of its own: it lacks ${columns.filter((each) => !found.includes(each)).join(", ")}.`,
        where,
      });
    }
  }
}
