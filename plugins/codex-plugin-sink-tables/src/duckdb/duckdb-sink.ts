import { constants } from "node:fs";
import { copyFile, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { ingestErrors, type MetricsRun, type MetricsSink, type SinkRequest, type WrittenRun } from "codex-core";
import { metricColumns, runColumns, runRow } from "../columns.js";
import { LineFile } from "../csv/line-file.js";
import { addValueLines } from "../csv/value-lines.js";
import { refuseJournals } from "../refuse-journals.js";
import { type DuckConnection, loadDuckdb } from "./load-duckdb.js";

const tables = {
  metrics: `CREATE TABLE metrics (
    run_id VARCHAR NOT NULL, step BIGINT NOT NULL, time_ms BIGINT, sequence BIGINT, key VARCHAR NOT NULL,
    value DOUBLE NOT NULL)`,
  runs: `CREATE TABLE runs (
    run_id VARCHAR NOT NULL, name VARCHAR, status VARCHAR NOT NULL, started_at VARCHAR, ended_at VARCHAR,
    command VARCHAR, folder VARCHAR NOT NULL, config VARCHAR)`,
  ingested: "CREATE TABLE ingested (run_id VARCHAR NOT NULL, mark VARCHAR NOT NULL)",
} as const;
const columnsOf = { metrics: metricColumns, runs: runColumns, ingested: ["run_id", "mark"] } as const;

/**
 * A DuckDB database with the tables `metrics` and `runs`: a copy is changed, as with SQLite. DuckDB takes rows fastest
 * from a CSV file, so they go through one.
 */
export function createDuckdbSink(projectFolder: string): MetricsSink {
  return {
    files: (name) => [name],
    async write(request) {
      const { DuckDBInstance } = await loadDuckdb(projectFolder);
      const file = join(request.folder, request.name);
      if (request.before !== undefined) await copyDatabase(join(request.before, request.name), file);
      const instance = await DuckDBInstance.create(file);
      try {
        const connection = await instance.connect();
        try {
          return await writeRuns(connection, request);
        } finally {
          connection.closeSync();
        }
      } finally {
        instance.closeSync();
      }
    },
  };
}

async function writeRuns(connection: DuckConnection, request: SinkRequest): Promise<WrittenRun[]> {
  const { name, folder, before } = request;
  await ensureTables(connection, join(before ?? folder, name));
  await connection.run("BEGIN TRANSACTION");
  const written: WrittenRun[] = [];
  for (const run of request.runs) written.push(await writeRun(connection, run, join(folder, "values.csv")));
  await connection.run("COMMIT");
  // What is in the log beside the file goes into it: only the file is kept.
  await connection.run("CHECKPOINT");
  return written;
}

async function writeRun(connection: DuckConnection, run: MetricsRun, csv: string): Promise<WrittenRun> {
  const { runId } = run.facts;
  const found = await connection.runAndReadAll("SELECT mark FROM ingested WHERE run_id = ?", [runId]);
  const earlier = found.getRowObjects()[0]?.mark;
  const reading = await run.read(earlier === undefined ? undefined : String(earlier));
  if (earlier !== undefined && !reading.goesOn) {
    await connection.run("DELETE FROM metrics WHERE run_id = ?", [runId]);
  }
  const values = await LineFile.write(csv, (file) => addValueLines(run, reading, file));
  if (values > 0) await connection.run(copySql(csv));
  await rm(csv);
  for (const table of ["runs", "ingested"]) await connection.run(`DELETE FROM ${table} WHERE run_id = ?`, [runId]);
  await connection.run(
    `INSERT INTO runs (${runColumns.join(", ")}) VALUES (${placesOf(runColumns)})`,
    runRow(run.facts),
  );
  await connection.run("INSERT INTO ingested (run_id, mark) VALUES (?, ?)", [runId, reading.mark()]);
  return { runId, values, how: reading.goesOn ? "added" : "whole" };
}

function copySql(csv: string): string {
  const options = "FORMAT csv, HEADER false, AUTO_DETECT false, DELIMITER ',', QUOTE '\"', ESCAPE '\"', NULLSTR ''";
  return `COPY metrics (${metricColumns.join(", ")}) FROM '${csv.replaceAll("'", "''")}' (${options})`;
}

function placesOf(columns: readonly string[]): string {
  return columns.map(() => "?").join(", ");
}

/** @throws CODEX_INGEST_FOREIGN when a table of that name has other columns */
async function ensureTables(connection: DuckConnection, where: string): Promise<void> {
  for (const name of Object.keys(tables) as (keyof typeof tables)[]) {
    const sql = "SELECT column_name FROM information_schema.columns WHERE table_name = ? AND table_schema = 'main'";
    const rows = (await connection.runAndReadAll(sql, [name])).getRowObjects();
    const found = rows.map((row) => row.column_name);
    if (found.length === 0) await connection.run(tables[name]);
    else if (columnsOf[name].some((column) => !found.includes(column))) {
      const what = `${where} has a table ${name} of its own, with the columns ${found.join(", ")}.`;
      throw ingestErrors.CODEX_INGEST_FOREIGN({ what, where });
    }
  }
}

/** @throws CODEX_INGEST_FOREIGN when the file is no DuckDB database */
async function copyDatabase(old: string, file: string): Promise<void> {
  const handle = await open(old, "r");
  const head = Buffer.alloc(12);
  await handle.read(head, 0, 12, 0).finally(() => handle.close());
  if (head.toString("latin1", 8) !== "DUCK") {
    throw ingestErrors.CODEX_INGEST_FOREIGN({ what: `${old} is no DuckDB database.`, where: old });
  }
  await refuseJournals(old, [".wal"]);
  await copyFile(old, file, constants.COPYFILE_FICLONE);
}
