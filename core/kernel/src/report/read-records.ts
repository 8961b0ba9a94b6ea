import { readFile } from "node:fs/promises";
import type { Json } from "../contracts/json.js";
import { isJsonObject } from "../plugins/read-json-file.js";
import { fromJsonNumber } from "../run/json-number.js";
import { parseNdjson } from "../run/ndjson-file.js";
import type { MetricPoints } from "./downsample.js";

/** A record of a run, or why there is none. */
export type Reading<Value> = { readonly value: Value } | { readonly missing: string };

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

/** The rows of an NDJSON file of a run. */
export async function readRows(path: string): Promise<Reading<Record<string, Json>[]>> {
  return reading(path, parseNdjson);
}

/** A JSON object of a run. */
export async function readObject(path: string): Promise<Reading<{ readonly [key: string]: Json }>> {
  return reading(path, (text) => {
    const value: unknown = JSON.parse(text);
    if (!isJsonObject(value)) throw new Error("it holds no JSON object");
    return value;
  });
}

/** A file of a run, as `parse` understands it. */
export async function reading<Value>(path: string, parse: (text: string) => Value): Promise<Reading<Value>> {
  try {
    return { value: parse(await readFile(path, "utf8")) };
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === "ENOENT";
    return { missing: isAbsent ? "there is no such file" : error instanceof Error ? error.message : String(error) };
  }
}
