import type { Json } from "../contracts/json.js";
import type { MetricPoints } from "./downsample.js";
import { leafText } from "./flatten.js";
import type { RunRecords } from "./run-records.js";

/** What several runs have apart, and how each ended. Lists follow the order of the runs. */
export interface RunComparison {
  readonly runs: readonly {
    readonly runId: string;
    readonly name: string;
    readonly folder: string;
    readonly status: string;
    readonly step: number | null;
  }[];
  /** Keys of the config that are not equal in all runs; null where a run has no such key. */
  readonly config: readonly { readonly key: string; readonly values: readonly (Json | null)[] }[];
  /** Newest, lowest and highest finite value of each metric; null where a run has none. */
  readonly metrics: readonly { readonly name: string; readonly values: readonly (MetricEnd | null)[] }[];
}

/** How a metric went. Values that are not finite are strings. */
export interface MetricEnd {
  readonly last: number | string;
  readonly min: number | null;
  readonly max: number | null;
}

/** Compares runs by their configs and metrics. */
export function compareRuns(all: readonly RunRecords[]): RunComparison {
  const keys = [...new Set(all.flatMap(({ config }) => [...config.keys()]))];
  const names = [...new Set(all.flatMap(({ metrics }) => [...metrics.keys()]))];
  return {
    runs: all.map(({ summary, name }) => ({
      runId: summary.runId,
      name,
      folder: summary.folder,
      status: summary.status,
      step: summary.step ?? null,
    })),
    config: keys
      .map((key) => ({ key, values: all.map(({ config }) => config.get(key) ?? null) }))
      .filter(({ values }) => new Set(values.map((value) => JSON.stringify(value))).size > 1),
    metrics: names.map((name) => ({ name, values: all.map(({ metrics }) => endOf(metrics.get(name))) })),
  };
}

/** Short names for runs: their names, with the last part of the run id where two are alike. */
export function labelsOf(runs: RunComparison["runs"]): readonly string[] {
  const count = (name: string): number => runs.filter((run) => run.name === name).length;
  const labels = runs.map(({ name, runId }) => {
    const tail = runId.split("-").at(-1) ?? runId;
    return leafText(count(name) > 1 ? `${name} ${tail}` : name);
  });
  return labels.map((label, index) => (labels.indexOf(label) === index ? label : `${label} (${index + 1})`));
}

function endOf(points: MetricPoints | undefined): MetricEnd | null {
  const last = points?.values.at(-1);
  if (!points || last === undefined) return null;
  let min: number | null = null;
  let max: number | null = null;
  for (const value of points.values) {
    if (!Number.isFinite(value)) continue;
    if (min === null || value < min) min = value;
    if (max === null || value > max) max = value;
  }
  return { last: Number.isFinite(last) ? last : String(last), min, max };
}
