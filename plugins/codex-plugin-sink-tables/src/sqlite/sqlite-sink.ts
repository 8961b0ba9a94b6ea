import { constants } from "node:fs";
import { copyFile, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ingestErrors, type MetricsRun, type MetricsSink, type WrittenRun } from "codex-core";
import type { Database } from "node-sqlite3-wasm";
import { runColumns, runRow } from "../columns.js";
import { refuseJournals } from "../refuse-journals.js";
import { RowInserter } from "./insert-rows.js";
import { ensureTables } from "./schema.js";

/**
 * An SQLite database with the tables `metrics` and `runs`. A copy of it is changed: so nothing is lost with a process
 * that is killed, and programs that read the database go on reading it as it was. Rows that a run has got since the last
 * time are added; a run whose earlier rows changed is written anew.
 */
export const sqliteSink: MetricsSink = {
  files: (name) => [name],
  async write({ runs, name, folder, before }) {
    const file = join(folder, name);
    if (before === undefined) {
      // SQLite's port would make it readable for its owner alone.
      await writeFile(file, "");
    } else {
      const old = join(before, name);
      await checkKind(old);
      await refuseJournals(old, ["-journal", "-wal"]);
      await copyFile(old, file, constants.COPYFILE_FICLONE);
    }
    const { default: sqlite } = await import("node-sqlite3-wasm");
    const database = new sqlite.Database(file);
    try {
      database.exec(
        // The copy is thrown away when anything fails: it needs no journal.
        "PRAGMA page_size = 32768; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16384; " +
          "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE",
      );
      ensureTables(database, before === undefined ? file : join(before, name));
      const written: WrittenRun[] = [];
      for (const run of runs) written.push(await writeRun(database, run));
      database.exec("COMMIT");
      return written;
    } finally {
      database.close();
    }
  },
};

async function writeRun(database: Database, run: MetricsRun): Promise<WrittenRun> {
  const { runId } = run.facts;
  const earlier = database.get("SELECT mark FROM ingested WHERE run_id = ?", [runId]);
  const reading = await run.read(earlier === null ? undefined : String(earlier.mark));
  if (earlier !== null && !reading.goesOn) database.run("DELETE FROM metrics WHERE run_id = ?", [runId]);
  const inserter = new RowInserter(database, runId);
  try {
    for await (const rows of reading.rows) inserter.add(rows);
    inserter.flush();
  } finally {
    inserter.close();
  }
  const places = runColumns.map(() => "?").join(", ");
  const facts = runRow(run.facts);
  const known = database.get(`SELECT ${runColumns.join(", ")} FROM runs WHERE run_id = ?`, [runId]);
  // Equal facts are not written again, so that the same runs leave the same bytes.
  if (known === null || runColumns.some((column, index) => known[column] !== facts[index])) {
    database.run(`INSERT OR REPLACE INTO runs (${runColumns.join(", ")}) VALUES (${places})`, facts);
  }
  if (earlier?.mark !== reading.mark()) {
    database.run("INSERT OR REPLACE INTO ingested (run_id, mark) VALUES (?, ?)", [runId, reading.mark()]);
  }
  return { runId, values: inserter.count, how: reading.goesOn ? "added" : "whole" };
}

/** @throws CODEX_INGEST_FOREIGN when the file is no SQLite database */
async function checkKind(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    const head = Buffer.alloc(16);
    await handle.read(head, 0, 16, 0);
    if (head.toString("latin1") === "SQLite format 3\0") return;
    throw ingestErrors.CODEX_INGEST_FOREIGN({ what: `${path} is no SQLite database.`, where: path });
  } finally {
    await handle.close();
  }
}
