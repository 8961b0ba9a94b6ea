/**
 * Whether a metric is the same each time that a run is repeated. Those of the machine (`system/…`) are not, nor are those
 * of the wall clock, which the unit at the end of their name tells: `train/stepMs`, `data/waitSeconds`,
 * `train/tokensPerSecond`. A plugin's metrics are named by the same rule.
 */
export function isRepeatableMetric(name: string): boolean {
  return !/^system\/|(?:Ms|Seconds|PerSecond)$/.test(name);
}
