import { basename, join } from "node:path";
import { parse as parseYaml } from "yaml";
import type { Json } from "../contracts/json.js";
import { isJsonObject } from "../plugins/read-json-file.js";
import { type Reading, reading, readObject, readRows } from "../run/read-run-file.js";
import { type RunSummary, readRunSummary } from "../run/run-summary.js";
import type { MetricPoints } from "./downsample.js";
import { flatten } from "./flatten.js";
import { metricsByName } from "./metrics-by-name.js";

/** A checkpoint of a run that is complete. */
export interface CheckpointFacts {
  readonly name: string;
  readonly step: number;
  readonly sizeBytes?: number;
  /** Metrics of its step. */
  readonly metrics: { readonly [name: string]: number };
  readonly isBest: boolean;
}

/** Text that the model wrote. */
export interface SampleFacts {
  readonly step: number;
  readonly prompt: string;
  readonly text: string;
}

/** All that a run's folder tells, for its report. */
export interface RunRecords {
  readonly summary: RunSummary;
  readonly name: string;
  readonly metrics: ReadonlyMap<string, MetricPoints>;
  readonly samples: readonly SampleFacts[];
  readonly checkpoints: readonly CheckpointFacts[];
  /** The metric that tells the best checkpoint. */
  readonly monitor: { readonly name: string; readonly mode: "min" | "max" };
  readonly config: ReadonlyMap<string, Json>;
  /** Where each value of the config comes from, in words. */
  readonly origins: { readonly [path: string]: Json };
  readonly environment: ReadonlyMap<string, Json>;
  readonly lock: ReadonlyMap<string, Json>;
  /** Lines of events.ndjson that are no sample. */
  readonly events: readonly { readonly [key: string]: Json }[];
  /** What the folder does not tell, with the reason. */
  readonly missing: readonly string[];
}

/** Reads a run's folder; undefined when it is none. Records that are missing or broken are named, not refused. */
export async function readRunRecords(folder: string): Promise<RunRecords | undefined> {
  const summary = readRunSummary(folder);
  if (!summary) return undefined;
  const missing: string[] = [];
  const take = <Value>(name: string, found: Reading<Value>, otherwise: Value): Value => {
    if ("value" in found) return found.value;
    missing.push(`${name}: ${found.missing}`);
    return otherwise;
  };
  const run = take("run.json", await readObject(join(folder, "run.json")), {});
  const rows = take("metrics.ndjson", await readRows(join(folder, "metrics.ndjson")), []);
  const events = take("events.ndjson", await readRows(join(folder, "events.ndjson")), []);
  const config = take<Json>("config.yaml", await reading(join(folder, "config.yaml"), parseYaml), {});
  const origins = take("config-origins.json", await readObject(join(folder, "config-origins.json")), {});
  const environment = take("environment.json", await readObject(join(folder, "environment.json")), {});
  const lock = take("lock.json", await readObject(join(folder, "lock.json")), {});
  const metrics = metricsByName(rows);
  const leaves = flatten(config);
  const monitored = leaves.get("checkpoint.monitor");
  const monitor = {
    name: typeof monitored === "string" ? monitored : "eval/loss",
    mode: leaves.get("checkpoint.monitorMode") === "max" ? ("max" as const) : ("min" as const),
  };
  return {
    summary,
    name: typeof run.name === "string" ? run.name : summary.runId,
    metrics,
    samples: samplesOf(events),
    checkpoints: checkpointsOf(summary, events, metrics, monitor),
    monitor,
    config: leaves,
    origins,
    environment: flatten(environment),
    lock: flatten(lock),
    // Numbered ones are records: numbers, samples, files.
    events: events.filter(({ seq }) => seq === undefined),
    missing,
  };
}

/** The samples of a run; one of a step that a resume left behind is replaced by the later one. */
function samplesOf(events: readonly { readonly [key: string]: Json }[]): SampleFacts[] {
  const samples = new Map<string, SampleFacts>();
  for (const { event, step, prompt, text } of events) {
    if (event !== "sample" || typeof step !== "number" || typeof text !== "string") continue;
    const sample = { step, prompt: typeof prompt === "string" ? prompt : "", text };
    samples.set(`${step} ${sample.prompt}`, sample);
  }
  return [...samples.values()].sort((left, right) => left.step - right.step);
}

function checkpointsOf(
  { checkpoints }: RunSummary,
  events: readonly { readonly [key: string]: Json }[],
  metrics: ReadonlyMap<string, MetricPoints>,
  monitor: RunRecords["monitor"],
): CheckpointFacts[] {
  const sizes = new Map<number, number>();
  for (const { event, step, sizeBytes } of events) {
    if (event === "checkpoint" && typeof step === "number" && typeof sizeBytes === "number") sizes.set(step, sizeBytes);
  }
  const facts = checkpoints.map((path) => {
    const name = basename(path);
    const step = Number(name.slice("step-".length));
    const found: Record<string, number> = {};
    for (const metric of new Set([monitor.name, "eval/loss", "train/loss"])) {
      const value = valueAt(metrics.get(metric), step);
      if (value !== undefined) found[metric] = value;
    }
    const sizeBytes = sizes.get(step);
    return { name, step, metrics: found, ...(sizeBytes === undefined ? {} : { sizeBytes }) };
  });
  const sign = monitor.mode === "min" ? 1 : -1;
  const ranked = facts
    .filter(({ metrics }) => Number.isFinite(metrics[monitor.name]))
    .sort((left, right) => sign * (left.metrics[monitor.name]! - right.metrics[monitor.name]!));
  return facts.map((checkpoint) => ({ ...checkpoint, isBest: checkpoint === ranked[0] }));
}

function valueAt(points: MetricPoints | undefined, step: number): number | undefined {
  const index = points?.steps.lastIndexOf(step) ?? -1;
  return index < 0 ? undefined : points?.values[index];
}

/** How often each kind of event came, safety verdicts by filter, stage and action. */
export function countEvents(events: RunRecords["events"]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { event, filter, stage, action } of events) {
    const words = [event, filter, stage, action].filter((word) => typeof word === "string");
    const label = words.join(" · ");
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return counts;
}

/** Whether a JSON value is one that an error was described as. */
export function errorFacts(error: unknown): { readonly [key: string]: Json } | undefined {
  return isJsonObject(error) ? error : typeof error === "string" ? { what: error } : undefined;
}
