import { createHash } from "node:crypto";
import type { Json } from "../contracts/json.js";

/** SHA-256 (hex) of a JSON value, whatever the order of its keys. */
export function digestJson(value: Json): string {
  return createHash("sha256")
    .update(JSON.stringify(value, (_, part: Json) => sortedKeys(part)))
    .digest("hex");
}

function sortedKeys(value: Json): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
