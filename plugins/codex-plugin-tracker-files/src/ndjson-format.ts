import type { MetricsRecord, SampleRecord, TrackerRecord } from "codex-core";
import type { RecordKey } from "./recent-records.js";
import type { RecordFormat } from "./record-file.js";

const fixedMembers = new Set(["seq", "step", "timeMs"]);

/** Metrics with an object a line; numbers that are not finite are the strings NaN, Infinity and -Infinity. */
export function createMetricsNdjsonFormat(): RecordFormat<"metrics"> {
  return {
    kinds: ["metrics"],
    fileName: "metrics.ndjson",
    adopt: (firstLine) => keyOf(firstLine) !== undefined,
    keyOf,
    linesOf: async (records) => records.map(metricsLine).join(""),
  };
}

/** Texts that the model wrote, with an object a line. */
export function createSamplesFormat(): RecordFormat<"sample"> {
  return {
    kinds: ["sample"],
    fileName: "samples.ndjson",
    adopt: (firstLine) => keyOf(firstLine) !== undefined,
    keyOf,
    linesOf: async (records) => records.map(sampleLine).join(""),
  };
}

type OtherKind = Exclude<TrackerRecord["kind"], "metrics" | "sample">;

/** Texts, histograms, tables, pictures, files, params and tags, with an object a line that says which it is. */
export function createEventsFormat(): RecordFormat<OtherKind> {
  return {
    kinds: ["text", "histogram", "table", "image", "artifact", "params", "tags"],
    fileName: "events.ndjson",
    adopt: (firstLine) => keyOf(firstLine) !== undefined,
    keyOf,
    linesOf: async (records) => records.map(eventLine).join(""),
  };
}

function eventLine({ sequence, step, timeMs, ...event }: Extract<TrackerRecord, { kind: OtherKind }>): string {
  return `${JSON.stringify({ seq: sequence, step, timeMs, ...event }, jsonNumber)}\n`;
}

function jsonNumber(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

function metricsLine({ sequence, step, timeMs, metrics }: MetricsRecord): string {
  let members = `"seq":${sequence},"step":${step},"timeMs":${timeMs}`;
  for (const name in metrics) members += `,${memberName(name)}:${numberText(metrics[name]!)}`;
  return `{${members}}\n`;
}

/** A metric's name in JSON, other than those of the fixed members. */
function memberName(metric: string): string {
  return JSON.stringify(fixedMembers.has(metric) ? `metric/${metric}` : metric);
}

function sampleLine({ sequence, step, timeMs, prompt, text }: SampleRecord): string {
  return `${JSON.stringify({ seq: sequence, step, timeMs, prompt, text })}\n`;
}

function numberText(value: number): string {
  return Number.isFinite(value) ? `${value}` : `"${value}"`;
}

function keyOf(line: string): RecordKey | undefined {
  try {
    const { seq, step } = JSON.parse(line) as { seq?: unknown; step?: unknown };
    return Number.isFinite(seq) && Number.isFinite(step)
      ? { sequence: seq as number, step: step as number }
      : undefined;
  } catch {
    return undefined;
  }
}
