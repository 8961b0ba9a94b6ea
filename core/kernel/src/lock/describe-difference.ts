import type { LockDifference } from "./compare-locks.js";

/** `optimizer.weightDecay was 0.1, is 0.2` */
export function describeDifference({ area, key, saved, current, effect }: LockDifference): string {
  const name = area === "config" || area === key ? key : `${area} ${key}`;
  const show = (value: unknown) => (value === undefined ? "absent" : JSON.stringify(value));
  const doubt = effect === "maybe" ? " (may change numbers)" : "";
  if (area === "plugin") {
    const change = saved === undefined ? "was added" : current === undefined ? "was removed" : "changed";
    return `plugin ${key} ${change}${doubt}`;
  }
  return `${name} was ${show(saved)}, is ${show(current)}${doubt}`;
}
