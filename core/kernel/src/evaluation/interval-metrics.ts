import type { Named } from "../contracts/json.js";
import type { MetricInterval } from "./bootstrap.js";

// A dot, no slash: where metrics are files, as in MLflow's local store, no metric can be the folder of another.
const bounds = { low: ".low", high: ".high" } as const;

/** The ends of a metric's interval as metrics: `eval/loss.low` and `eval/loss.high`. */
export function intervalMetrics(metric: string, { low, high }: MetricInterval): Named<number> {
  return { [`${metric}${bounds.low}`]: low, [`${metric}${bounds.high}`]: high };
}

/** Whether a metric is an end of the interval of another one among the names. */
export function isIntervalMetric(name: string, names: ReadonlySet<string>): boolean {
  return Object.values(bounds).some((bound) => name.endsWith(bound) && names.has(name.slice(0, -bound.length)));
}
