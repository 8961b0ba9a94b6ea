import type { Json, Named } from "../contracts/json.js";

/** A number as JSON can carry it: what is not finite becomes "NaN", "Infinity" or "-Infinity". */
export function toJsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** The number that `toJsonNumber` wrote; undefined for anything else. */
export function fromJsonNumber(value: Json | undefined): number | undefined {
  if (typeof value === "number") return value;
  if (value === "NaN") return Number.NaN;
  if (value === "Infinity") return Number.POSITIVE_INFINITY;
  return value === "-Infinity" ? Number.NEGATIVE_INFINITY : undefined;
}

/** Numbers by name, as JSON can carry them. */
export function toJsonNumbers(values: Named<number>): Named<number | string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toJsonNumber(value)]));
}

const none: ReadonlySet<string> = new Set();

/**
 * The numbers that `toJsonNumbers` wrote. Trackers' rows are read by it, one a step, so that what is made for each counts.
 *
 * @param except names that are left out
 */
export function fromJsonNumbers(values: Named<Json>, except = none): Named<number> {
  const numbers: Record<string, number> = {};
  for (const name in values) {
    if (except.has(name) || name === "__proto__") continue;
    const number = fromJsonNumber(values[name]);
    if (number !== undefined) numbers[name] = number;
  }
  return numbers;
}
