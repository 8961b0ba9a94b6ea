import { readFile } from "node:fs/promises";
import type { Json, JsonObject } from "../contracts/json.js";
import { parseJsonObject } from "../plugins/read-json-file.js";
import { parseNdjson } from "./ndjson-file.js";

/** A record of a run, or why there is none. */
export type Reading<Value> = { readonly value: Value } | { readonly missing: string };

/** The rows of an NDJSON file of a run. */
export async function readRows(path: string): Promise<Reading<Record<string, Json>[]>> {
  return reading(path, parseNdjson);
}

/** A JSON object of a run. */
export async function readObject(path: string): Promise<Reading<JsonObject>> {
  return reading(path, parseJsonObject);
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
