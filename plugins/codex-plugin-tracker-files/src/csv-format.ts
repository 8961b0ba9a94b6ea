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
  let columns: Columns | undefined;
  return {
    kinds: ["metrics"],
    fileName: "metrics.csv",
    adopt: (firstLine) => {
      const header = parseLine(firstLine);
      if (header === undefined || fixedColumns.some((name, index) => header[index] !== name)) return false;
      columns = { names: header.slice(fixedColumns.length), places: new Map() };
      return true;
    },
    keyOf: (line, index) => {
      if (index === 0) return "header";
      const match = /^(\d+),(\d+),\d+(?:,|$)/.exec(line);
      const isWhole = match && line.split(",").length === fixedColumns.length + columns!.names.length;
      return isWhole ? { sequence: Number(match[1]), step: Number(match[2]) } : undefined;
    },
    linesOf: async (records, file) => {
      const before = columns ?? { names: [], places: new Map() };
      const after = withColumnsOf(records, before);
      const added = after.names.length - before.names.length;
      if (columns === undefined) await file.append(`${headerOf(after)}\n`);
      else if (added > 0) {
        const header = headerOf(after);
        const empty = ",".repeat(added);
        await file.rewrite((line, index) => (index === 0 ? header : line + empty));
      }
      columns = after;
      return records.map((record) => rowOf(record, after)).join("");
    },
  };
}

interface Columns {
  readonly names: readonly string[];
  /** Where a metric's column is, of metrics that were seen. */
  readonly places: ReadonlyMap<string, number>;
}

/** The columns with those that records need; the same object where there are all of them. */
function withColumnsOf(records: readonly MetricsRecord[], known: Columns): Columns {
  let changed: { names: string[]; places: Map<string, number> } | undefined;
  for (const { metrics } of records) {
    for (const metric in metrics) {
      if ((changed ?? known).places.has(metric)) continue;
      changed ??= { names: [...known.names], places: new Map(known.places) };
      const name = columnName(metric);
      const place = changed.names.indexOf(name);
      changed.places.set(metric, place < 0 ? changed.names.push(name) - 1 : place);
    }
  }
  return changed ?? known;
}

/** A line of the table; numbers are never quoted. */
function rowOf({ sequence, step, timeMs, metrics }: MetricsRecord, { names, places }: Columns): string {
  const fields = new Array<number | string>(fixedColumns.length + names.length).fill("");
  fields[0] = sequence;
  fields[1] = step;
  fields[2] = Math.round(timeMs);
  for (const metric in metrics) fields[fixedColumns.length + places.get(metric)!] = metrics[metric]!;
  return `${fields.join(",")}\n`;
}

function headerOf({ names }: Columns): string {
  return stringify([[...fixedColumns, ...names]]).slice(0, -1);
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
