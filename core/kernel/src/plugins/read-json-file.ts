import { readFile, stat } from "node:fs/promises";
import type { Json, JsonObject } from "../contracts/json.js";

const maxSizeBytes = 1 << 20;

/** Reads a small JSON object. Throws a plain error that says what is wrong with the file. */
export async function readJsonFile(path: string): Promise<JsonObject> {
  const { size } = await stat(path);
  if (size > maxSizeBytes) throw new Error(`it has ${size} bytes, more than the ${maxSizeBytes} that are read`);
  return parseJsonObject(await readFile(path, "utf8"));
}

/** The JSON object that a text is. Throws a plain error that says what is wrong with it. */
export function parseJsonObject(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value)) throw new Error("it does not hold a JSON object");
  return value;
}

/** Whether a parsed JSON value is an object (no array, not null). */
export function isJsonObject(value: unknown): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
