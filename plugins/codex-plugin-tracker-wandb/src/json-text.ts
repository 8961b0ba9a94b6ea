/** A value as W&B's readers take it: JSON in which numbers that are not finite are bare words. */
export function jsonText(value: unknown): string {
  if (typeof value !== "number") return JSON.stringify(value);
  return Object.is(value, -0) ? "-0.0" : String(value);
}
