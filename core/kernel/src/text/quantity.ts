/** A duration as a person says it: `45s`, `3m 10s`, `2h 05m`, `3d 4h`. */
export function formatDuration(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return "?";
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const two = (value: number): string => String(value).padStart(2, "0");
  if (minutes === 0) return `${seconds}s`;
  if (hours === 0) return `${minutes}m ${two(seconds % 60)}s`;
  if (hours < 48) return `${hours}h ${two(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** A count with a unit letter: `812`, `98.4k`, `1.2M`, `3.0G`, and on to `T`, `P`, `E`. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return "?";
  const scales = [
    [1e18, "E"],
    [1e15, "P"],
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const;
  for (const [scale, letter] of scales) {
    if (count >= scale) return `${(count / scale).toFixed(count >= 100 * scale ? 0 : 1)}${letter}`;
  }
  return String(Math.round(count));
}

/** Bytes in binary units: `512 B`, `3.4 MiB`. */
export function formatBytes(sizeBytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = sizeBytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** A whole number with thousands set apart: `12,000`. Without Intl, whose first number takes 25 ms. */
export function formatWhole(value: number): string {
  return value.toFixed(0).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** A loss: four digits after the point, and non-finite values by name. */
export function formatLoss(loss: number): string {
  return Number.isFinite(loss) ? loss.toFixed(4) : String(loss);
}

/** A metric of any kind: whole numbers with thousands set apart, others with six digits. */
export function formatMetric(value: number): string {
  return Number.isInteger(value) ? formatWhole(value) : String(Number(value.toPrecision(6)));
}

/** A count of things: `1 file`, `1,204 files`. */
export function formatThings(count: number, thing: string): string {
  return `${formatWhole(count)} ${thing}${count === 1 ? "" : "s"}`;
}
