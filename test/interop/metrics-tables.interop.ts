import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type MetricsSink, SinkPoint } from "codex-core";
import {
  createFromPlugin,
  createMetricsRow,
  createMetricsRun,
  describeMetricsSink,
  type StoredValue,
} from "codex-core/testing";
import plugin from "codex-plugin-sink-tables";
import { runPython } from "../support/interop.js";
import { checkpointOf, createTinyProject, readRows, trainTiny } from "../support/tiny-run.js";

const duckdbVersion = "1.5.6-r.1";

/** Values with all that a reader may stumble over. */
const rows = [
  createMetricsRow(1, 0, { "train/loss": 1.5, 'a "b", \u{1f40b}': -1e-300, "it's": 2 ** 53 - 1 }),
  createMetricsRow(2, 2 ** 40, { nan: Number.NaN, up: Number.POSITIVE_INFINITY, down: Number.NEGATIVE_INFINITY }),
  { ...createMetricsRow(3, 3, { "eval/loss": 0.1 }), timeMs: null, sequence: null },
  ...Array.from({ length: 250_000 }, (_, index) => createMetricsRow(index + 4, index + 4, { "train/loss": 1 / index })),
];

/** What each reader is asked: how many rows, sums, and the odd ones. Values as text: JSON has no NaN. */
const odd = rows
  .slice(0, 3)
  .flatMap(({ keys, values, ...row }) =>
    keys.map((key, index) => ["it's, a run", row.step, row.timeMs, row.sequence, key, textOf(values[index]!)]),
  );

function textOf(value: number): string {
  return Number.isFinite(value) ? value.toExponential() : String(value);
}

/** Reads a table with Python into lists, in the file's order, and prints the number of rows and the odd ones. */
const reader = `
import json, sys
def text(value):
    if value is None or value != value: return "NaN"
    return {float("inf"): "Infinity", float("-inf"): "-Infinity"}.get(value) or repr(float(value))
path, kind = sys.argv[1:]
if kind == "sqlite":
    import sqlite3
    database = sqlite3.connect(path)
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    rows = database.execute("SELECT run_id, step, time_ms, sequence, key, value FROM metrics ORDER BY rowid").fetchall()
    facts = database.execute("SELECT name, status, ended_at, config ->> '$.run.name' FROM runs").fetchall()
else:
    import pyarrow.csv, pyarrow.parquet
    runs = path.replace("." + kind, ".runs." + kind)
    if kind == "parquet":
        table, runs = pyarrow.parquet.read_table(path), pyarrow.parquet.read_table(runs)
        types = [str(field.type) for field in table.schema]
        assert types == ["string", "int64", "int64", "int64", "string", "double"], types
    else:
        table, runs = pyarrow.csv.read_csv(path), pyarrow.csv.read_csv(runs)
    rows = list(zip(*[column.to_pylist() for column in table.columns]))
    facts = [[run["name"], run["status"], run["ended_at"], json.loads(run["config"])["run"]["name"]] for run in runs.to_pylist()]
print(json.dumps([len(rows), [[*row[:5], text(row[5])] for row in rows[:7]], facts]))
`;

/** Prints all values of an SQLite database. */
const valuesReader = `
import json, sqlite3, sys
rows = sqlite3.connect(sys.argv[1]).execute("SELECT step, time_ms, sequence, key, value FROM metrics ORDER BY rowid")
print(json.dumps(rows.fetchall()))
`;

describe("tables of metrics, read by others", () => {
  let folder: string;
  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), "codex tables ")));
  });
  after(() => rm(folder, { recursive: true }));

  for (const kind of ["sqlite", "parquet", "csv"]) {
    it(`${kind}: as they were written`, async () => {
      const name = `my metrics.${kind}`;
      const home = join(folder, kind);
      await mkdir(home);
      const sink = await createFromPlugin(plugin, SinkPoint, kind);
      const { signal } = new AbortController();
      await sink.write({ runs: [createMetricsRun("it's, a run", rows)], name, folder: home, signal });
      const [count, first, facts] = runPython(reader, join(home, name), kind) as [number, unknown[][], unknown[][]];
      expect(count).to.equal(odd.length + 250_000);
      const asText = (row: unknown[]) => [...row.slice(0, 5), textOf(Number(row[5]))];
      expect(first.map(asText)).to.deep.equal(odd);
      const { facts: expected } = createMetricsRun("it's, a run", []);
      const ended = kind === "csv" ? facts[0]![2] || null : facts[0]![2];
      const configName = 'it\'s, "quoted"\n';
      expect([facts[0]![0], facts[0]![1], ended, facts[0]![3]]).to.deep.equal([
        expected.name,
        "finished",
        null,
        configName,
      ]);
    });
  }

  it("have the rows of a real run, also after it was resumed from an earlier checkpoint", async () => {
    const tiny = createTinyProject();
    try {
      const { folder: run } = await trainTiny(tiny, "runs/tiny");
      const target = join(tiny.folder, "metrics.db");
      const compare = async () => {
        const { code, stderr } = await tiny.codex(["metrics", "ingest", "latest", "--to", "sqlite", target]);
        expect(code, stderr).to.equal(0);
        const stored = runPython(valuesReader, target) as string[];
        const written = readRows(join(run, "metrics.ndjson")).flatMap(({ seq, step, timeMs, ...metrics }) =>
          Object.entries(metrics).map(([key, value]) => [step, timeMs, seq, key, value]),
        );
        expect(stored).to.deep.equal(written);
        return stored;
      };
      const before = await compare();
      await trainTiny(tiny, "runs/tiny", { resumeFrom: checkpointOf(run, 4) });
      expect(await compare()).not.to.deep.equal(before);
    } finally {
      tiny.dispose();
    }
  });

  describe("DuckDB", () => {
    before(() => {
      writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
      execFileSync(
        "npm",
        ["install", "--no-audit", "--no-fund", "--ignore-scripts", `@duckdb/node-api@${duckdbVersion}`],
        {
          cwd: folder,
          stdio: ["ignore", "ignore", "inherit"],
        },
      );
    });

    const create = (): Promise<MetricsSink> =>
      createFromPlugin(plugin, SinkPoint, "duckdb", { context: { folders: { project: folder, cache: folder } } });

    /** Asks a database, with another copy of the library than the one that may hold a file. */
    async function query(path: string, sql: string): Promise<Record<string, unknown>[]> {
      const { DuckDBInstance } = createRequire(join(folder, "package.json"))("@duckdb/node-api");
      const instance = await DuckDBInstance.create(path, { access_mode: "READ_ONLY" });
      try {
        const connection = await instance.connect();
        return (await connection.runAndReadAll(sql)).getRowObjects();
      } finally {
        instance.closeSync();
      }
    }

    async function readValues(path: string): Promise<StoredValue[]> {
      const numberOrNull = (value: unknown) => (value === null ? null : Number(value));
      return (await query(path, "SELECT * FROM metrics")).map((row) => ({
        runId: String(row.run_id),
        step: Number(row.step),
        timeMs: numberOrNull(row.time_ms),
        sequence: numberOrNull(row.sequence),
        key: String(row.key),
        value: Number(row.value),
      }));
    }

    describeMetricsSink("duckdb", create, { readValues });

    it("holds rows, facts and a config that it can ask, in one file", async () => {
      const home = join(folder, "duckdb");
      await mkdir(home);
      const { signal } = new AbortController();
      const runs = [createMetricsRun("it's, a run", rows)];
      await (await create()).write({ runs, name: "it's.duckdb", folder: home, signal });
      const file = join(home, "it's.duckdb");
      expect((await readValues(file)).length).to.equal(odd.length + 250_000);
      const [facts] = await query(file, "SELECT name, ended_at, config::JSON->>'$.trainer.type' kind FROM runs");
      expect(facts).to.deep.equal({ name: runs[0]!.facts.name, ended_at: null, kind: "lm" });
      expect(readFileSync(file).toString("latin1", 8, 12)).to.equal("DUCK");
    });
  });
});
