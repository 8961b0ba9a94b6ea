import { isAbsolute, normalize, sep } from "node:path";
import type { NewRecord, RunRecorder } from "../contracts/run-recorder.js";
import { runErrors } from "../errors/run-errors.js";
import { isJsonObject } from "../plugins/read-json-file.js";

type Kind = NewRecord["kind"];
type RecordOf<K extends Kind> = Extract<NewRecord, { kind: K }>;

/** Each says what is wrong with a record of its kind, undefined where nothing is. */
const problems: { readonly [K in Kind]: (record: RecordOf<K>) => string | undefined } = {
  metrics: ({ metrics }) => metricsProblem(metrics),
  sample: ({ prompt, text }) => textProblem({ prompt, text }),
  text: ({ key, text }) => nameProblem({ key }) ?? textProblem({ text }),
  histogram: ({ key, edges, counts }) => nameProblem({ key }) ?? histogramProblem(edges, counts),
  table: ({ key, columns, rows }) => nameProblem({ key }) ?? tableProblem(columns, rows),
  image: ({ key, path }) => nameProblem({ key }) ?? pathProblem(path),
  artifact: ({ name, type, path }) =>
    nameProblem({ name }) ??
    (type === "file" || type === "checkpoint" ? undefined : `type is ${shown(type)}, not file or checkpoint`) ??
    pathProblem(path),
  params: ({ params }) => valuesProblem("params", params, ["string", "number", "boolean"]),
  tags: ({ tags }) => valuesProblem("tags", tags, ["string"]),
};

/** A recorder that looks at each record before another one takes it. */
export function checkedRecorder(recorder: RunRecorder): RunRecorder {
  return {
    record(record) {
      checkRecord(record);
      recorder.record(record);
    },
  };
}

/**
 * Looks whether a record that a plugin made is one. The types say so to those who compile; others would write rows that
 * no reader takes.
 *
 * @throws CODEX_RUN_RECORD_INVALID
 */
export function checkRecord(record: NewRecord): void {
  const problem = isJsonObject(record) ? problemOf(record) : `it is ${shown(record)}, not an object`;
  if (problem === undefined) return;
  const { kind, key, name, step } = (record ?? {}) as { readonly [member: string]: unknown };
  throw runErrors.CODEX_RUN_RECORD_INVALID({
    what: `A record cannot be taken: ${problem}.`,
    where: `kind ${shown(kind)}, key ${shown(key ?? name)}, step ${shown(step)}`,
  });
}

function problemOf(record: NewRecord): string | undefined {
  const { kind, step } = record;
  if (!Object.hasOwn(problems, kind)) {
    return `kind is ${shown(kind)}, not one of ${Object.keys(problems).join(", ")}`;
  }
  if (!Number.isSafeInteger(step) || step < 0) return `step is ${shown(step)}, not a whole number from 0 on`;
  return (problems[kind] as (record: NewRecord) => string | undefined)(record);
}

/** Members of each row of metrics.ndjson that are no metrics. */
const taken: readonly string[] = ["seq", "step", "timeMs", "event", "source"];

function metricsProblem(metrics: unknown): string | undefined {
  if (!isJsonObject(metrics)) return `metrics is ${shown(metrics)}, not an object of numbers`;
  for (const key in metrics) {
    if (typeof metrics[key] !== "number") return `the metric ${shown(key)} is ${shown(metrics[key])}, not a number`;
    if (taken.includes(key))
      return `a metric cannot be named ${key}: rows of metrics.ndjson have a ${key} of their own`;
    if (!isName(key)) return `the metric ${shown(key)} has no name that readers can take`;
  }
  return undefined;
}

function histogramProblem(edges: unknown, counts: unknown): string | undefined {
  if (!isNumbers(edges)) return "edges is not a list of numbers";
  if (!isNumbers(counts)) return "counts is not a list of numbers";
  if (counts.length === 0) return "it has no counts";
  if (edges.length !== counts.length + 1) {
    return `it has ${edges.length} edges and ${counts.length} counts; there has to be one edge more than counts`;
  }
  const bad = edges.findIndex((edge, index) => !(edge >= edges[Math.max(0, index - 1)]!));
  if (bad >= 0)
    return `edges do not ascend: edges[${bad}] is ${edges[bad]}${bad > 0 ? ` after ${edges[bad - 1]}` : ""}`;
  const odd = counts.findIndex((count) => !(count >= 0 && Number.isFinite(count)));
  return odd < 0 ? undefined : `counts[${odd}] is ${counts[odd]}, not a count`;
}

function tableProblem(columns: unknown, rows: unknown): string | undefined {
  if (!Array.isArray(columns) || columns.some((column) => typeof column !== "string")) {
    return "columns is not a list of names";
  }
  if (!Array.isArray(rows)) return "rows is not a list of rows";
  for (const [index, row] of rows.entries()) {
    if (!Array.isArray(row) || row.length !== columns.length) {
      return `rows[${index}] is not a list of ${columns.length} cells, one for each column`;
    }
    const cell = row.find((each) => each !== null && !["string", "number", "boolean"].includes(typeof each));
    if (cell !== undefined || row.includes(undefined)) {
      return `rows[${index}] has the cell ${shown(cell)}, which is no text, number, true, false or null`;
    }
  }
  return undefined;
}

function pathProblem(path: unknown): string | undefined {
  if (typeof path !== "string" || path === "") return `path is ${shown(path)}, not the path of a file`;
  const leavesFolder = isAbsolute(path) || normalize(path).split(sep)[0] === "..";
  return leavesFolder ? `path is ${shown(path)}, not one in the run's folder, relative to it` : undefined;
}

function nameProblem(names: { readonly [member: string]: unknown }): string | undefined {
  const [member, name] = Object.entries(names)[0]!;
  return isName(name) ? undefined : `${member} is ${shown(name)}, not a name`;
}

/** Not `__proto__`, which is no key of an object, and no halves of characters, which no database takes. */
function isName(name: unknown): boolean {
  return typeof name === "string" && name !== "" && name !== "__proto__" && !/\p{Surrogate}/u.test(name);
}

function textProblem(texts: { readonly [member: string]: unknown }): string | undefined {
  const bad = Object.entries(texts).find(([, text]) => typeof text !== "string");
  return bad && `${bad[0]} is ${shown(bad[1])}, not a text`;
}

function valuesProblem(member: string, values: unknown, types: readonly string[]): string | undefined {
  if (!isJsonObject(values)) return `${member} is ${shown(values)}, not an object`;
  const unnamed = Object.keys(values).find((name) => !isName(name));
  if (unnamed !== undefined) return `${member} has ${shown(unnamed)}, which is no name`;
  const bad = Object.entries(values).find(([, value]) => !types.includes(typeof value));
  return bad && `${member}[${shown(bad[0])}] is ${shown(bad[1])}, not a ${types.join(", ")}`;
}

/** Lists of a typed array's numbers would be objects in the file. */
function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => typeof each === "number");
}

/** A value in a message: short, and never an error of its own. */
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
