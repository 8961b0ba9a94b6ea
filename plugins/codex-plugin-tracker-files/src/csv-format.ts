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
  /** Where a metric's column is. */
  const places = new Map<string, number>();
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
      const known = columns ?? [];
      const after = [...known, ...newColumns(records, known, places)];
      const header = headerOf(after);
      const empty = ",".repeat(after.length - known.length);
      if (columns === undefined) await before.append(`${header}\n`);
      else if (empty !== "") await before.rewrite((line, index) => (index === 0 ? header : line + empty));
      columns = after;
      return records.map((record) => rowOf(record, after.length, places)).join("");
    },
  };
}

/** Finds the places of all metrics of records; gives the columns that are not known yet. */
function newColumns(
  records: readonly MetricsRecord[],
  known: readonly string[],
  places: Map<string, number>,
): string[] {
  const added: string[] = [];
  for (const { metrics } of records) {
    for (const metric in metrics) {
      if (places.has(metric)) continue;
      const name = columnName(metric);
      let place = [...known, ...added].indexOf(name);
      if (place < 0) place = known.length + added.push(name) - 1;
      places.set(metric, place);
    }
  }
  return added;
}

/** A line of the table; numbers are never quoted. */
function rowOf(
  { sequence, step, timeMs, metrics }: MetricsRecord,
  columns: number,
  places: ReadonlyMap<string, number>,
): string {
  const values = new Array<number | string>(columns).fill("");
  for (const metric in metrics) values[places.get(metric)!] = metrics[metric]!;
  return `${sequence},${step},${Math.round(timeMs)}${columns > 0 ? "," : ""}${values.join(",")}\n`;
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
