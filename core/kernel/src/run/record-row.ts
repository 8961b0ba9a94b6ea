import type { Json } from "../contracts/json.js";
import type { TrackerRecord } from "../contracts/tracker.js";
import { fromJsonNumber, fromJsonNumbers, toJsonNumber, toJsonNumbers } from "./json-number.js";

type Kind = TrackerRecord["kind"];
type Row = Record<string, Json>;

/** What a row of each kind has beside number, step and time; a row that lacks any of it is none. */
const members: { readonly [K in Exclude<Kind, "metrics">]: readonly string[] } = {
  sample: ["prompt", "text"],
  text: ["key", "text"],
  histogram: ["key", "edges", "counts"],
  table: ["key", "columns", "rows"],
  image: ["key", "path"],
  artifact: ["name", "type", "path"],
  params: ["params"],
  tags: ["tags"],
};

/** A record as a row: of metrics.ndjson when it holds metrics, else of events.ndjson. */
export function toRow(record: TrackerRecord): Row {
  const { kind, sequence, step, timeMs, ...rest } = record;
  if (record.kind === "metrics") return { seq: sequence, step, timeMs, ...toJsonNumbers(record.metrics) };
  return { timeMs, event: kind, seq: sequence, step, ...(mapNumbers(rest, toNumber) as Row) };
}

const fixedMembers = new Set(["seq", "step", "timeMs", "event", "__proto__"]);

/** The record that a row of metrics.ndjson or events.ndjson holds; undefined where it holds none. */
export function toRecord(row: Row): TrackerRecord | undefined {
  const { seq, step, timeMs, event } = row;
  if (!isCount(seq) || !isCount(step) || typeof timeMs !== "number" || !Number.isFinite(timeMs)) return undefined;
  if (event === undefined)
    return { kind: "metrics", sequence: seq, step, timeMs, metrics: fromJsonNumbers(row, fixedMembers) };
  if (typeof event !== "string" || !Object.hasOwn(members, event)) return undefined;
  const kind = event as keyof typeof members;
  if (!members[kind].every((name) => Object.hasOwn(row, name))) return undefined;
  const rest = Object.fromEntries(Object.entries(row).filter(([name]) => !fixedMembers.has(name)));
  const content = kind === "histogram" ? mapNumbers(rest, fromNumber) : rest;
  return { kind, sequence: seq, step, timeMs, ...content } as TrackerRecord;
}

/** JSON has numbers that are infinite when they are read, such as 1e400: to write them can take a tracker forever. */
function isCount(value: Json | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

const toNumber = (value: unknown): unknown => (typeof value === "number" ? toJsonNumber(value) : value);
const fromNumber = (value: unknown): unknown => fromJsonNumber(value as Json) ?? value;

/** Lists of numbers with each changed. */
function mapNumbers(content: object, change: (value: unknown) => unknown): object {
  return Object.fromEntries(
    Object.entries(content).map(([name, value]) => [name, Array.isArray(value) ? value.map(change) : value]),
  );
}
