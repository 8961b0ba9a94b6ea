import type { MetricsRecord } from "codex-core";
import { stringify } from "csv-stringify/sync";
import type { RecordFormat } from "./record-file.js";

const fixedColumns = ["seq", "step", "timeMs"] as const;

/**
 * Metrics as a table: `seq,step,timeMs`, then a column for each metric in the order of its first appearance. A metric
 * that appears later gets a further column, for which the file is written anew. A record has empty fields for the
 * metrics it lacks; numbers that are not finite stand as NaN, Infinity and -Infinity.
 */
export function createCsvFormat(): RecordFormat<"metrics"> {
  let columns: string[] | undefined;
  return {
    kinds: ["metrics"],
    fileName: "metrics.csv",
    adopt: (firstLine) => {
      const header = parseLine(firstLine);
      if (header === undefined || fixedColumns.some((name, index) => header[index] !== name)) return false;
      columns = header.slice(fixedColumns.length);
      return true;
    },
    keyOf: (line, index) => {
      if (index === 0) return "header";
      const match = /^(\d+),(\d+),\d+(?:,|$)/.exec(line);
      const isWhole = match && line.split(",").length === fixedColumns.length + columns!.length;
      return isWhole ? { sequence: Number(match[1]), step: Number(match[2]) } : undefined;
    },
    linesOf: async (records, before) => {
      const added = newColumns(records, columns ?? []);
      const after = [...(columns ?? []), ...added];
      const header = headerOf(after);
      const empty = ",".repeat(added.length);
      if (columns === undefined) await before.append(`${header}\n`);
      else if (added.length > 0) await before.rewrite((line, index) => (index === 0 ? header : line + empty));
      columns = after;
      // Numbers are never quoted.
      return records.map((record) => `${rowOf(record, after).join(",")}\n`).join("");
    },
  };
}

function newColumns(records: readonly MetricsRecord[], known: readonly string[]): string[] {
  const names = new Set(known);
  for (const { metrics } of records) for (const name of Object.keys(metrics)) names.add(columnName(name));
  return [...names].slice(known.length);
}

function rowOf({ sequence, step, timeMs, metrics }: MetricsRecord, columns: readonly string[]): string[] {
  const values = new Map(Object.entries(metrics).map(([name, value]) => [columnName(name), String(value)]));
  return [`${sequence}`, `${step}`, `${Math.round(timeMs)}`, ...columns.map((name) => values.get(name) ?? "")];
}

function headerOf(columns: readonly string[]): string {
  return stringify([[...fixedColumns, ...columns]]).slice(0, -1);
}

/** A name without line ends, which would break the table's lines, and other than the fixed columns. */
function columnName(metric: string): string {
  const name = metric.replace(/[\r\n]+/g, " ");
  return (fixedColumns as readonly string[]).includes(name) ? `metric/${name}` : name;
}

/** The fields of one line of CSV; undefined when its quotes do not match. */
function parseLine(line: string): string[] | undefined {
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  while (field.lastIndex <= line.length) {
    const match = field.exec(line);
    if (!match) return undefined;
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
    if (match[3] === "") return fields;
  }
  return undefined;
}
