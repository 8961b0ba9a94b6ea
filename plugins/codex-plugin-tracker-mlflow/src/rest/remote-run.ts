import type { JsonObject } from "codex-core";
import type { RestClient } from "./rest-client.js";

/** A run as a server tells of it. */
export interface RemoteRun {
  readonly id: string;
  readonly experimentId: string;
  readonly artifactUri: string;
  readonly status: string;
  readonly isDeleted: boolean;
  readonly params: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
  /** The newest step of each metric. */
  readonly newest: ReadonlyMap<string, number>;
  readonly hasInputs: boolean;
}

/** A run by its id; undefined where the server has none. */
export async function getRun(client: RestClient, id: string, signal: AbortSignal): Promise<RemoteRun | undefined> {
  const answer = await client.ask("runs/get", { run_id: id }, signal);
  if (answer.errorCode === "RESOURCE_DOES_NOT_EXIST") return undefined;
  if (answer.status !== 200) throw client.refusalOf("runs/get", answer);
  return readRun(answer.body.run as JsonObject);
}

/** The run whose tag `runId` is this. */
export async function findRun(
  client: RestClient,
  experimentId: string,
  runId: string,
  signal: AbortSignal,
): Promise<RemoteRun | undefined> {
  const filter = `tags.runId = '${runId.replaceAll(/['\\]/g, "")}'`;
  const query = { experiment_ids: [experimentId], filter, max_results: 1 };
  const { runs } = await client.post("runs/search", query, signal);
  return Array.isArray(runs) && runs.length > 0 ? readRun(runs[0] as JsonObject) : undefined;
}

export function readRun({ info, data, inputs }: JsonObject): RemoteRun {
  const { run_id: id, experiment_id: experimentId, artifact_uri: uri, status, lifecycle_stage: stage } = objectOf(info);
  const { params, tags, metrics } = objectOf(data);
  const texts = (list: unknown) =>
    new Map(listOf(list).map(({ key, value }): [string, string] => [String(key), String(value ?? "")]));
  return {
    id: String(id),
    experimentId: String(experimentId),
    artifactUri: String(uri ?? ""),
    status: String(status),
    isDeleted: stage === "deleted",
    params: texts(params),
    tags: texts(tags),
    newest: new Map(listOf(metrics).map(({ key, step }): [string, number] => [String(key), Number(step ?? 0)])),
    hasInputs: listOf(objectOf(inputs).dataset_inputs).length > 0,
  };
}

function objectOf(value: unknown): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonObject[]) : [];
}
