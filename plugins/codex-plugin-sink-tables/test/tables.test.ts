import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { type MetricsRun, type MetricsSink, SinkPoint } from "codex-core";
import {
  createFromPlugin,
  createMetricsRow,
  createMetricsRun,
  createTemporaryFolder,
  rejection,
  removeTemporaryFolders,
} from "codex-core/testing";
import plugin from "codex-plugin-sink-tables";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import sqlite from "node-sqlite3-wasm";
import { query } from "./support/read-values.js";

const { signal } = new AbortController();
const create = (type: string): Promise<MetricsSink> => createFromPlugin(plugin, SinkPoint, type);
const runs = [
  createMetricsRun("b", [createMetricsRow(1, 1, { "train/loss": 2, odd: Number.NaN })]),
  createMetricsRun("a", [createMetricsRow(1, 1, { "train/loss": 3 })]),
];

describe("tables of metrics", () => {
  let home: string;
  beforeEach(async () => {
    home = await createTemporaryFolder();
  });
  afterEach(removeTemporaryFolders);

  /** Writes into a folder of its own; gives the folder. */
  async function write(type: string, given: readonly MetricsRun[], name: string, before?: string): Promise<string> {
    const folder = join(home, `new ${(await readdir(home)).length}`);
    await mkdir(folder);
    const sink = await create(type);
    await sink.write({ runs: given, name, folder, signal, ...(before === undefined ? {} : { before }) });
    expect((await readdir(folder)).sort()).to.deep.equal([...sink.files(name)].sort());
    return folder;
  }

  it("are lines of CSV, with the runs in another file", async () => {
    const folder = await write("csv", runs, "m.csv");
    expect(await readFile(join(folder, "m.csv"), "utf8")).to.equal(
      "run_id,step,time_ms,sequence,key,value\n" +
        "b,1,1767268800001,1,train/loss,2\nb,1,1767268800001,1,odd,NaN\na,1,1767268800001,1,train/loss,3\n",
    );
    const [heading, first] = (await readFile(join(folder, "m.runs.csv"), "utf8")).split("\n");
    expect(heading).to.equal("run_id,name,status,started_at,ended_at,command,folder,config");
    expect(first).to.match(/^b,"the ""first"", or b",finished,2026-01-01T12:00:00.000Z,,codex train --config 'a b',/);
  });

  it("hold NaN as NULL in SQLite, and the config as JSON that it can ask", async () => {
    const file = join(await write("sqlite", runs, "m.db"), "m.db");
    expect(query(file, "SELECT key, value FROM metrics WHERE value IS NULL")).to.deep.equal([
      { key: "odd", value: null },
    ]);
    expect(query(file, "SELECT run_id, config ->> '$.trainer.maxSteps' steps FROM runs ORDER BY 1")).to.deep.equal([
      { run_id: "a", steps: 3 },
      { run_id: "b", steps: 3 },
    ]);
    expect(query(file, "PRAGMA integrity_check")).to.deep.equal([{ integrity_check: "ok" }]);
  });

  it("hold the facts of runs in a Parquet file beside", async () => {
    const folder = await write("parquet", runs, "m.parquet");
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(join(folder, "m.runs.parquet")) });
    expect(rows.map(({ run_id, ended_at, status }) => [run_id, ended_at, status])).to.deep.equal([
      ["b", null, "finished"],
      ["a", null, "finished"],
    ]);
  });

  for (const type of ["csv", "sqlite", "parquet"]) {
    it(`may be read by whoever may read new files: ${type}`, async () => {
      await writeFile(join(home, "plain"), "");
      const folder = await write(type, runs, "m.x");
      expect((await stat(join(folder, "m.x"))).mode).to.equal((await stat(join(home, "plain"))).mode);
    });

    it(`have the same bytes after the same runs again, in any order: ${type}`, async () => {
      const once = await write(type, runs, "m.x");
      const again = await write(type, [...runs].reverse(), "m.x", once);
      for (const file of await readdir(once)) {
        expect(await readFile(join(again, file)), file).to.deep.equal(await readFile(join(once, file)));
      }
    });
  }

  it("keep lines of CSV whole, whatever stands in them, when another run comes", async () => {
    const odd = createMetricsRun('a "quoted", \u2028run', [createMetricsRow(1, 1, { "a\u2028b\u2029c\rd,e": 1 })]);
    const once = await write("csv", [odd], "m.csv");
    const more = await write("csv", runs, "m.csv", once);
    for (const file of ["m.csv", "m.runs.csv"]) {
      const text = await readFile(join(once, file), "utf8");
      expect((await readFile(join(more, file), "utf8")).startsWith(text), file).to.equal(true);
    }
    const again = await write("csv", [odd], "m.csv", more);
    expect(await readFile(join(again, "m.csv"), "utf8")).to.equal(await readFile(join(more, "m.csv"), "utf8"));
  });

  it("leave what else is in an SQLite database", async () => {
    const database = new sqlite.Database(join(home, "m.db"));
    database.exec("CREATE TABLE mine (a); INSERT INTO mine VALUES (7); CREATE VIEW seen AS SELECT a FROM mine");
    database.close();
    const file = join(await write("sqlite", runs, "m.db", home), "m.db");
    expect(query(file, "SELECT a FROM seen")).to.deep.equal([{ a: 7 }]);
    expect(query(file, "SELECT count(*) n FROM metrics")).to.deep.equal([{ n: 3 }]);
  });

  it("refuse an SQLite database with tables of these names and other columns", async () => {
    const database = new sqlite.Database(join(home, "m.db"));
    database.exec("CREATE TABLE metrics (what)");
    database.close();
    const error = await rejection(() => write("sqlite", runs, "m.db", home), "CODEX_INGEST_FOREIGN");
    expect(error.what).to.include("it lacks run_id");
  });

  it("refuse an SQLite database that another program is writing, and one that is damaged", async () => {
    const once = await write("sqlite", runs, "m.db");
    await writeFile(join(once, "m.db-wal"), "changes");
    const error = await rejection(() => write("sqlite", runs, "m.db", once), "CODEX_INGEST_BUSY");
    expect(error.where).to.match(/m\.db-wal$/);
    await writeFile(join(home, "m.db"), `SQLite format 3\0${"x".repeat(5000)}`);
    const failure = await write("sqlite", runs, "m.db", home).catch((thrown) => thrown);
    expect(String(failure)).to.match(/not a database|malformed/);
  });

  it("refuse a Parquet file of other columns, and a CSV file of the same beginning", async () => {
    const once = await write("parquet", runs, "m.parquet");
    await rejection(() => write("parquet", runs, "m.runs.parquet", once), "CODEX_INGEST_FOREIGN");
    await writeFile(join(home, "m.csv"), "run_id,step,time_ms,sequence,key,value,more\n");
    await rejection(() => write("csv", runs, "m.csv", home), "CODEX_INGEST_FOREIGN");
  });

  for (const type of ["csv", "parquet"]) {
    it(`refuse a file of somebody else's where the runs should go: ${type}`, async () => {
      await writeFile(join(home, `m.runs.${type}`), "mine");
      await writeFile(join(home, `m.${type}`), "");
      await rejection(() => write(type, runs, `m.${type}`, home), "CODEX_INGEST_FOREIGN");
    });
  }

  it("say what to install for DuckDB", async () => {
    const error = await rejection(() => write("duckdb", runs, "m.duckdb"), "CODEX_INGEST_LIBRARY");
    expect(error.fix).to.equal("npm install @duckdb/node-api");
  });
});
