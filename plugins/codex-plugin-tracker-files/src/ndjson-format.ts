import type { MetricsRecord, SampleRecord } from "codex-core";
import type { RecordKey } from "./recent-records.js";
import type { RecordFormat } from "./record-file.js";

/** Metrics with an object a line; numbers that are not finite are the strings NaN, Infinity and -Infinity. */
export function createMetricsNdjsonFormat(): RecordFormat<"metrics"> {
  return {
    kind: "metrics",
    fileName: "metrics.ndjson",
    adopt: (firstLine) => keyOf(firstLine) !== undefined,
    keyOf,
    linesOf: async (records) => records.map(metricsLine).join(""),
  };
}

/** Texts that the model wrote, with an object a line. */
export function createSamplesFormat(): RecordFormat<"sample"> {
  return {
    kind: "sample",
    fileName: "samples.ndjson",
    adopt: (firstLine) => keyOf(firstLine) !== undefined,
    keyOf,
    linesOf: async (records) => records.map(sampleLine).join(""),
  };
}

function metricsLine({ sequence, step, timeMs, metrics }: MetricsRecord): string {
  const fields = new Map<string, number>([
    ["seq", sequence],
    ["step", step],
    ["timeMs", timeMs],
  ]);
  for (const [name, value] of Object.entries(metrics)) fields.set(fields.has(name) ? `metric/${name}` : name, value);
  const members = [...fields].map(([name, value]) => `${JSON.stringify(name)}:${numberText(value)}`);
  return `{${members.join(",")}}\n`;
}

function sampleLine({ sequence, step, timeMs, prompt, text }: SampleRecord): string {
  return `${JSON.stringify({ seq: sequence, step, timeMs, prompt, text })}\n`;
}

function numberText(value: number): string {
  return Number.isFinite(value) ? JSON.stringify(value) : `"${value}"`;
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
