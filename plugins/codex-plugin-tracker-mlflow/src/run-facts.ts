import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { flattenConfig, type Json, type JsonObject, type Named, type RunDescription } from "codex-core";
import { toKey, toText } from "./keys.js";
import type { Dataset, NamedText, StoredRun } from "./run-store.js";

const maxParamLength = 6000;
const maxTagLength = 8000;

/** What MLflow is told of a run: its params are the config's leaves, its tags those of Codex and MLflow's own. */
export async function describeRun(run: RunDescription, experiment: string | undefined): Promise<StoredRun> {
  const userName = nameOfUser();
  const { gitCommit, gitBranch } = run.tags;
  const own: Named<string | undefined> = {
    "mlflow.runName": run.runId,
    "mlflow.user": userName,
    "mlflow.source.name": run.project,
    "mlflow.source.type": "LOCAL",
    "mlflow.source.git.commit": gitCommit,
    "mlflow.source.git.branch": gitBranch,
  };
  return {
    runId: run.runId,
    experiment: toText(experiment ?? run.project, 500),
    userName,
    startTimeMs: Math.round(run.startedAtMs),
    params: toParams(flattenConfig(run.config)),
    tags: toTags({ ...own, ...run.tags }),
    dataset: await describeDataset(run),
    parent: run.parent,
  };
}

export function toParams(params: Named<string | number | boolean>): readonly NamedText[] {
  return Object.entries(params).map(([name, value]) => ({ key: toKey(name), value: toText(value, maxParamLength) }));
}

export function toTags(tags: Named<string | undefined>): readonly NamedText[] {
  const known = Object.entries(tags).filter(([, value]) => value !== undefined);
  return known.map(([name, value]) => ({ key: toKey(name), value: toText(value, maxTagLength) }));
}

/** The data that lock.json has a fingerprint of. */
async function describeDataset({ folder, config }: RunDescription): Promise<Dataset | undefined> {
  const fingerprint = await readFingerprint(folder);
  if (fingerprint === undefined) return undefined;
  const data = isObject(config.data) ? config.data : {};
  const paths = Array.isArray(data.paths) ? data.paths : [];
  const name = data.dataset ?? (paths.length === 1 ? paths[0] : data.type) ?? "data";
  const isOneFile = paths.length === 1;
  return {
    name: toText(name, 500),
    // MLflow takes 36 characters.
    digest: fingerprint.slice(0, 32),
    sourceType: isOneFile ? "local" : "codex",
    source: toText(JSON.stringify(isOneFile ? { uri: paths[0] } : data), 65_000),
    profile: JSON.stringify({ fingerprint }),
  };
}

async function readFingerprint(folder: string): Promise<string | undefined> {
  try {
    const { data } = JSON.parse(await readFile(join(folder, "lock.json"), "utf8")) as JsonObject;
    return typeof data === "string" && data !== "" ? data : undefined;
  } catch {
    return undefined;
  }
}

function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without a name, as in some containers.
    return "unknown";
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
