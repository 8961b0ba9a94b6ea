import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { MetricsRun, MetricsSink, SinkRequest, WrittenRun } from "codex-core";
import { runColumns, runRow } from "../columns.js";
import { RunsInOrder } from "../runs-in-order.js";
import { runsFileName } from "../sibling-name.js";
import { type ParquetColumn, ParquetTable, readParquetTable } from "./parquet-table.js";

const valueColumns: readonly ParquetColumn[] = [
  { name: "run_id", type: "STRING" },
  { name: "step", type: "INT64" },
  { name: "time_ms", type: "INT64", isOptional: true },
  { name: "sequence", type: "INT64", isOptional: true },
  { name: "key", type: "STRING" },
  { name: "value", type: "DOUBLE" },
];
const factColumns = runColumns.map((name): ParquetColumn => ({ name, type: "STRING", isOptional: name !== "run_id" }));

/** Values as a Parquet file, and the runs as another beside it. Both are written anew, a row group at a time. */
export const parquetSink: MetricsSink = {
  files: (name) => [name, runsFileName(name)],
  async write(request) {
    const written: WrittenRun[] = [];
    await rewrite(request, request.name, valueColumns, async (run, table) => {
      written.push({ runId: run.facts.runId, values: await addValues(run, table), how: "whole" });
    });
    await rewrite(request, runsFileName(request.name), factColumns, async ({ facts }, table) =>
      table.add(runRow(facts)),
    );
    return written;
  },
};

/** Writes a table anew: other runs' rows as they were, those of the given runs by `add`. */
async function rewrite(
  { runs, folder, before, signal }: SinkRequest,
  name: string,
  columns: readonly ParquetColumn[],
  add: (run: MetricsRun, table: ParquetTable) => Promise<void>,
): Promise<void> {
  const order = new RunsInOrder(runs);
  const table = new ParquetTable(join(folder, name), columns);
  if (before !== undefined && (await hasContent(join(before, name)))) {
    for await (const rows of readParquetTable(join(before, name), columns)) {
      signal.throwIfAborted();
      for (const row of rows) {
        const fate = order.fate(String(row.run_id));
        if (fate === "keep") table.add(columns.map((column) => row[column.name] ?? null));
        else if (fate !== "drop") await add(fate, table);
      }
    }
  }
  for (const run of order.rest()) await add(run, table);
  table.finish();
}

async function addValues(run: MetricsRun, table: ParquetTable): Promise<number> {
  const { runId } = run.facts;
  const { rows } = await run.read();
  let count = 0;
  for await (const some of rows) {
    for (const { keys, values, ...row } of some) {
      const [step, time, sequence] = [BigInt(row.step), wholeOrNull(row.timeMs), wholeOrNull(row.sequence)];
      for (let index = 0; index < values.length; index++) {
        table.add([runId, step, time, sequence, keys[index]!, values[index]!]);
      }
      count += values.length;
    }
  }
  return count;
}

function wholeOrNull(value: number | null): bigint | null {
  return value === null ? null : BigInt(value);
}

async function hasContent(path: string): Promise<boolean> {
  return ((await stat(path).catch(() => undefined))?.size ?? 0) > 0;
}
