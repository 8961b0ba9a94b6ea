import { join } from "node:path";
import { parse as parseYaml } from "yaml";
import type { JsonObject } from "../contracts/json.js";
import type { RunFacts } from "../contracts/metrics-sink.js";
import { isJsonObject } from "../plugins/read-json-file.js";
import { reading, readObject } from "../run/read-run-file.js";
import type { RunSummary } from "../run/run-summary.js";

/** What a run's folder tells of it, for tables. What it does not tell, or not in a form that can be read, is null. */
export async function readRunFacts({ folder, runId, status, ...summary }: RunSummary): Promise<RunFacts> {
  const record = await readObject(join(folder, "run.json"));
  const name = "value" in record ? record.value.name : undefined;
  return {
    runId,
    name: typeof name === "string" ? name : null,
    status,
    startedAt: summary.startedAt || null,
    endedAt: summary.endedAt ?? null,
    command: summary.command ?? null,
    folder,
    config: await readConfig(folder),
  };
}

async function readConfig(folder: string): Promise<JsonObject | null> {
  const config = await reading(join(folder, "config.yaml"), (text) => parseYaml(text) as unknown);
  return "value" in config && isJsonObject(config.value) ? config.value : null;
}
