import type { Json, JsonObject } from "../contracts/json.js";
import { isRepeatableMetric } from "../contracts/repeatable-metric.js";

/** One number that two runs do not share. */
export interface MetricDifference {
  readonly step: number;
  readonly metric: string;
  /** Absent where that run has no such number. Numbers that are not finite are words: `NaN`. */
  readonly original?: Json;
  readonly replay?: Json;
  /** |replay − original| / |original|; absent where one of them is no finite number. */
  readonly relative?: number;
}

/** What a comparison of two runs' metric rows found. */
export interface MetricComparison {
  /** Numbers that were compared. */
  readonly compared: number;
  /** Steps for which both runs have rows. */
  readonly steps: number;
  /** All differences, by step. */
  readonly differences: readonly MetricDifference[];
}

const bookkeeping: ReadonlySet<string> = new Set(["seq", "step", "timeMs"]);

/**
 * Compares the rows of two metrics.ndjson, number by number, up to the last step that both have; wall-clock and machine
 * metrics excepted, and rows that something other than the run has logged. Numbers have to be equal to the bit.
 */
export function compareMetrics(original: readonly JsonObject[], replay: readonly JsonObject[]): MetricComparison {
  const left = byStep(original);
  const right = byStep(replay);
  const last = Math.min(Math.max(0, ...left.keys()), Math.max(0, ...right.keys()));
  const first = Math.max(Math.min(...left.keys()), Math.min(...right.keys()));
  const steps = [...new Set([...left.keys(), ...right.keys()])].filter((step) => step >= first && step <= last);
  const differences: MetricDifference[] = [];
  let compared = 0;
  for (const step of steps.sort((a, b) => a - b)) {
    const before = left.get(step) ?? new Map<string, Json>();
    const after = right.get(step) ?? new Map<string, Json>();
    for (const metric of new Set([...before.keys(), ...after.keys()])) {
      compared++;
      const pair = { original: before.get(metric), replay: after.get(metric) };
      if (pair.original === pair.replay) continue;
      differences.push({ step, metric, ...present(pair), ...relativeOf(pair.original, pair.replay) });
    }
  }
  return { compared, steps: steps.length, differences };
}

/** Steps with their metrics; a step of which only the machine was measured is none. */
function byStep(rows: readonly JsonObject[]): Map<number, Map<string, Json>> {
  const steps = new Map<number, Map<string, Json>>();
  for (const row of rows) {
    if (typeof row.step !== "number" || row.source !== undefined) continue;
    for (const [name, value] of Object.entries(row)) {
      if (bookkeeping.has(name) || !isRepeatableMetric(name)) continue;
      const metrics = steps.get(row.step) ?? new Map<string, Json>();
      steps.set(row.step, metrics.set(name, value));
    }
  }
  return steps;
}

function present(pair: { original: Json | undefined; replay: Json | undefined }): {
  readonly original?: Json;
  readonly replay?: Json;
} {
  const { original, replay } = pair;
  return { ...(original === undefined ? {} : { original }), ...(replay === undefined ? {} : { replay }) };
}

function relativeOf(original: Json | undefined, replay: Json | undefined): { readonly relative?: number } {
  if (typeof original !== "number" || typeof replay !== "number") return {};
  return { relative: Math.abs(replay - original) / Math.max(Math.abs(original), Number.MIN_VALUE) };
}
