import type { JsonObject } from "codex-core";
import type { RestClient } from "./rest-client.js";

/** Id of the experiment of a name: one that was deleted is restored, one that is not there is made. */
export async function openExperiment(client: RestClient, name: string, signal: AbortSignal): Promise<string> {
  const known = await find(client, name, signal);
  if (known !== undefined) return known;
  const made = await client.tell("experiments/create", JSON.stringify({ name }), signal);
  if (made.status === 200) return String(made.body.experiment_id);
  // Another process made it at the same moment.
  const theirs = made.errorCode === "RESOURCE_ALREADY_EXISTS" ? await find(client, name, signal) : undefined;
  if (theirs !== undefined) return theirs;
  throw client.refusalOf("experiments/create", made);
}

async function find(client: RestClient, name: string, signal: AbortSignal): Promise<string | undefined> {
  const answer = await client.ask("experiments/get-by-name", { experiment_name: name }, signal);
  if (answer.errorCode === "RESOURCE_DOES_NOT_EXIST") return undefined;
  if (answer.status !== 200) throw client.refusalOf("experiments/get-by-name", answer);
  const { experiment_id: id, lifecycle_stage: stage } = answer.body.experiment as JsonObject;
  if (stage === "deleted") await client.post("experiments/restore", { experiment_id: String(id) }, signal);
  return String(id);
}
