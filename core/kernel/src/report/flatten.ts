import type { Json, JsonObject, Named } from "../contracts/json.js";
import { isJsonObject } from "../plugins/read-json-file.js";

/** The leaves of a JSON value by dotted path: scalars, lists and empty objects. */
export function flatten(value: Json | undefined, path = ""): Map<string, Json> {
  const leaves = new Map<string, Json>();
  if (value === undefined) return leaves;
  if (!isJsonObject(value) || Object.keys(value).length === 0) {
    if (path !== "") leaves.set(path, value);
    return leaves;
  }
  for (const [key, child] of Object.entries(value)) {
    for (const [at, leaf] of flatten(child, path === "" ? key : `${path}.${key}`)) leaves.set(at, leaf);
  }
  return leaves;
}

/** A leaf as a person reads it: text as it is, anything else as JSON; cut where it is long. */
export function leafText(value: Json | undefined): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}

/** The leaves of a config by dotted path, as readers take params: lists and empty maps are JSON text. */
export function flattenConfig(config: JsonObject): Named<string | number | boolean> {
  const leaves = [...flatten(config)].filter(([, value]) => value !== null);
  return Object.fromEntries(
    leaves.map(([path, value]) => [path, typeof value === "object" ? JSON.stringify(value) : value]),
  ) as Named<string | number | boolean>;
}
