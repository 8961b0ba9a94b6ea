import { basename, dirname, join } from "node:path";
import { readJsonFile } from "../plugins/read-json-file.js";

/** A run's folder, and its id. */
export interface CapturedRun {
  readonly folder: string;
  readonly runId: string;
}

/** The run whose folder a path is, or whose checkpoint; undefined when it is of no run. */
export async function runAround(path: string): Promise<CapturedRun | undefined> {
  const above = basename(dirname(path)) === "checkpoints" ? dirname(dirname(path)) : dirname(path);
  for (const folder of [path, above]) {
    const facts = await readJsonFile(join(folder, "run.json")).catch(() => undefined);
    if (typeof facts?.runId === "string") return { folder, runId: facts.runId };
  }
  return undefined;
}
