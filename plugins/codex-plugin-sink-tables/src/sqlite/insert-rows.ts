import type { MetricsRow } from "codex-core";
import type { Database, JSValue, Statement } from "node-sqlite3-wasm";

/** More in a statement gains nothing. */
const mostParameters = 400;
/** A statement of SQLite takes 32,766 parameters and a million bytes. */
const mostKeys = 1000;
const mostStatements = 64;

/**
 * Inserts the values of rows. What a value costs is what is handed over to SQLite: so names of metrics are part of the
 * statement, step and time are handed over once a row, and several rows of the same metrics go together.
 */
export class RowInserter {
  readonly #together = new Map<readonly string[], Statement>();
  readonly #alone = new Map<readonly string[], Statement>();
  #keys: readonly string[] = [];
  #rows: MetricsRow[] = [];
  count = 0;

  constructor(
    private readonly database: Database,
    private readonly runId: string,
  ) {}

  add(rows: readonly MetricsRow[]): void {
    for (const row of rows.flatMap(narrow)) {
      if (row.keys !== this.#keys) {
        this.flush();
        this.#keys = row.keys;
      }
      this.#rows.push(row);
      this.count += row.keys.length;
      if (this.#rows.length === rowsTogether(row.keys)) {
        this.#insert(this.#together, this.#rows);
        this.#rows = [];
      }
    }
  }

  flush(): void {
    for (const row of this.#rows) this.#insert(this.#alone, [row]);
    this.#rows = [];
  }

  close(): void {
    for (const statements of [this.#together, this.#alone]) {
      for (const statement of statements.values()) statement.finalize();
      statements.clear();
    }
  }

  /** Inserts rows of the same names, as many as all that `statements` are for. */
  #insert(statements: Map<readonly string[], Statement>, rows: readonly MetricsRow[]): void {
    const { keys } = rows[0]!;
    let statement = statements.get(keys);
    if (!statement) {
      if (statements.size === mostStatements) this.close();
      statement = this.database.prepare(insertSql(keys, rows.length));
      statements.set(keys, statement);
    }
    statement.run(this.#parameters(rows));
  }

  /** NaN is stored as NULL, as SQLite does by itself; it has no other. */
  #parameters(rows: readonly MetricsRow[]): JSValue[] {
    const parameters: JSValue[] = [this.runId];
    for (const { step, timeMs, sequence, values } of rows) parameters.push(step, timeMs, sequence, ...values);
    return parameters;
  }
}

/** The row without what has no values, and in parts where it has too many. */
function narrow(row: MetricsRow): readonly MetricsRow[] {
  const { keys, values } = row;
  if (keys.length > 0 && keys.length <= mostKeys) return [row];
  const parts = Array.from({ length: Math.ceil(keys.length / mostKeys) }, (_, part) => part * mostKeys);
  return parts.map((from) => ({
    ...row,
    keys: keys.slice(from, from + mostKeys),
    values: values.slice(from, from + mostKeys),
  }));
}

function rowsTogether(keys: readonly string[]): number {
  return Math.max(1, Math.floor(mostParameters / (keys.length + 3)));
}

/** `INSERT … VALUES (?1,?2,?3,?4,'train/loss',?5),(?1,?2,?3,?4,'train/gradNorm',?6),…`: ?1 is the run. */
function insertSql(keys: readonly string[], rows: number): string {
  const names = keys.map((key) => `'${key.replaceAll("\0", "").replaceAll("'", "''")}'`);
  const tuples: string[] = [];
  let next = 2;
  for (let row = 0; row < rows; row++) {
    const step = next;
    next += 3;
    for (const name of names) tuples.push(`(?1,?${step},?${step + 1},?${step + 2},${name},?${next++})`);
  }
  return `INSERT INTO metrics (run_id, step, time_ms, sequence, key, value) VALUES ${tuples.join(",")}`;
}
