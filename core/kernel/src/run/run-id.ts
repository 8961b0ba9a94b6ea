import { randomBytes } from "node:crypto";

/** A run's id: `<YYYYMMDD-HHMMSS>-<name>-<4 hex>`, in local time. */
export function createRunId(name: string, at = new Date()): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`;
  const time = `${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;
  return `${day}-${time}-${fileName(name)}-${randomBytes(2).toString("hex")}`;
}

/** A name as part of a file name on every system. */
function fileName(name: string): string {
  const safe = name.replaceAll(/[^A-Za-z0-9._-]+/g, "-").replaceAll(/^[-.]+|[-.]+$/g, "");
  return safe.slice(0, 60) || "run";
}
