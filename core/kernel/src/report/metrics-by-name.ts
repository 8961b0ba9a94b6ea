import type { Json } from "../contracts/json.js";
import { fromJsonNumber } from "../run/json-number.js";
import type { MetricPoints } from "./downsample.js";

/** The metrics of a run by name, each with its steps. A step that comes twice counts with its last value. */
export function metricsByName(rows: readonly { readonly [key: string]: Json }[]): Map<string, MetricPoints> {
  const byName = new Map<string, { steps: number[]; values: number[] }>();
  for (const row of rows) {
    const { step } = row;
    if (typeof step !== "number") continue;
    for (const name in row) {
      if (!name.includes("/")) continue;
      const value = fromJsonNumber(row[name]);
      if (value === undefined) continue;
      let points = byName.get(name);
      if (!points) {
        points = { steps: [], values: [] };
        byName.set(name, points);
      }
      if (points.steps.at(-1) === step) points.values[points.values.length - 1] = value;
      else if (step > (points.steps.at(-1) ?? -1)) {
        points.steps.push(step);
        points.values.push(value);
      }
    }
  }
  return byName;
}
