import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "codex-core";
import { parse } from "yaml";
import { isMissing, writeWhole } from "./whole-file.js";

const fileName = "meta.yaml";

/** What MLflow keeps of an experiment or a run in its folder; undefined where that has none. */
export async function readMeta(folder: string): Promise<JsonObject | undefined> {
  try {
    const meta: unknown = parse(await readFile(join(folder, fileName), "utf8"), { maxAliasCount: 0 });
    return typeof meta === "object" && meta !== null && !Array.isArray(meta) ? (meta as JsonObject) : undefined;
  } catch (error) {
    if (isMissing(error) || (error as Error).name === "YAMLParseError") return undefined;
    throw error;
  }
}

/** Writes it as JSON, which is YAML. */
export async function writeMeta(folder: string, meta: JsonObject): Promise<void> {
  const draft = join(folder, `.${randomUUID()}.tmp`);
  await writeWhole(join(folder, fileName), `${JSON.stringify(meta, undefined, 2)}\n`, draft);
}
