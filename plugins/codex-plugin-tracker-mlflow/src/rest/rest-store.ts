import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Json, Logger } from "codex-core";
import type {
  ArtifactFile,
  LoggedEntries,
  MetricPoint,
  NamedText,
  RunStatus,
  RunStore,
  StoredRun,
} from "../run-store.js";
import { missingPoints } from "./arrived-points.js";
import { openExperiment } from "./experiment.js";
import { halvesOf, type LogBatch, toBatches, toJson } from "./log-batches.js";
import { findRun, getRun, type RemoteRun, readRun } from "./remote-run.js";
import type { RestClient } from "./rest-client.js";

/** For calls that nobody else limits: longer than a slow server's answer, so that it makes no run twice. */
const limitMs = 60_000;
/** Tries to upload a file within the time that a call has. */
const maxUploads = 3;

/** Keeps runs on a server of MLflow's. */
export class RestStore implements RunStore {
  #runId = "";
  #artifactPath: string | undefined;
  #parent: { readonly runId: string; readonly experimentId: string } | undefined;
  /** Params that the run has: a server refuses a whole batch where one would change. */
  #params = new Set<string>();
  /** Uploads that were begun, by path, and how many times; done ones are 0. */
  readonly #uploads = new Map<string, number>();
  readonly #told = new Set<string>();

  constructor(
    readonly client: RestClient,
    readonly logger: Logger,
  ) {}

  async open(run: StoredRun, saved: Json | undefined): Promise<Json> {
    const signal = AbortSignal.timeout(limitMs);
    const remote = await this.#find(run, savedRunId(saved), signal);
    this.#runId = remote.id;
    this.#artifactPath = artifactPath(remote.artifactUri);
    this.#params = new Set(remote.params.keys());
    this.#uploads.clear();
    if (remote.isDeleted) await this.#restore(signal);
    if (remote.status !== "RUNNING") await this.#update({ status: "RUNNING" }, signal);
    const tags = run.tags.filter(({ key, value }) => remote.tags.get(key) !== value && key !== "mlflow.runName");
    await this.log({ metrics: [], params: run.params, tags }, signal);
    if (run.dataset && !remote.hasInputs) await this.#logInputs(run.dataset, signal);
    this.#parent = run.parent === undefined ? undefined : { runId: run.parent, experimentId: remote.experimentId };
    await this.#tagParent(signal);
    return { experimentId: remote.experimentId, runId: remote.id };
  }

  async log({ metrics, params, tags }: LoggedEntries, signal: AbortSignal): Promise<void> {
    const fresh = this.#newParams(params);
    for (const batch of toBatches({ metrics, params: fresh, tags })) await this.#logBatch(batch, signal);
    for (const { key } of fresh) this.#params.add(key);
  }

  async missing(points: readonly MetricPoint[], signal: AbortSignal): Promise<readonly MetricPoint[]> {
    const remote = await getRun(this.client, this.#runId, signal);
    return remote ? missingPoints(this.client, remote.id, points, remote.newest, signal) : points;
  }

  async putFile({ path, content }: ArtifactFile, signal: AbortSignal): Promise<void> {
    if (this.#artifactPath === undefined) {
      const why = "it keeps artifacts where only its own clients write; start it with --artifacts-destination";
      this.#tellOnce("artifacts", `the MLflow server takes no artifacts: ${why}`);
      return;
    }
    if ("text" in content) await this.#upload(path, { text: content.text }, signal);
    else for (const file of await filesOf(content.copyOf, path)) await this.#upload(file.path, file, signal);
  }

  async close(status: RunStatus, endTimeMs: number): Promise<void> {
    const signal = AbortSignal.timeout(limitMs);
    await this.#tagParent(signal);
    await this.#update({ status, end_time: endTimeMs }, signal);
  }

  dispose(): void {
    this.client.dispose();
  }

  /** A run that was made, though nobody was told, has the tag `runId`. */
  async #find(run: StoredRun, savedId: string | undefined, signal: AbortSignal): Promise<RemoteRun> {
    const known = savedId === undefined ? undefined : await getRun(this.client, savedId, signal);
    if (known) return known;
    if (savedId !== undefined) {
      const fix = "for all of it, delete the tracker's file below the run's trackers/ and run codex runs sync";
      this.logger.warn(`the MLflow server has lost the run; the rest goes to a new one: ${fix}`, { run: savedId });
    }
    const experimentId = await openExperiment(this.client, run.experiment, signal);
    const found = await findRun(this.client, experimentId, run.runId, signal);
    if (found) return found;
    const made = await this.client.post(
      "runs/create",
      {
        experiment_id: experimentId,
        user_id: run.userName,
        run_name: run.runId,
        start_time: run.startTimeMs,
        tags: run.tags.map(({ key, value }) => ({ key, value })),
      },
      signal,
    );
    return readRun(made.run as { readonly [key: string]: Json });
  }

  /** A run that is written to is not deleted. */
  async #restore(signal: AbortSignal): Promise<void> {
    this.logger.info("the run was deleted in MLflow; it is restored", { run: this.#runId });
    await this.client.post("runs/restore", { run_id: this.#runId }, signal);
  }

  #newParams(params: readonly NamedText[]): readonly NamedText[] {
    const fresh = new Map<string, NamedText>();
    for (const param of params) {
      if (!this.#params.has(param.key) && !fresh.has(param.key)) fresh.set(param.key, param);
    }
    return [...fresh.values()];
  }

  /** What a server refuses of a batch is found by halves, and left out. */
  async #logBatch(batch: LogBatch, signal: AbortSignal, isSecondTry = false): Promise<void> {
    const answer = await this.client.tell("runs/log-batch", toJson(this.#runId, batch), signal);
    if (answer.status === 200) return;
    if (answer.status !== 400 && answer.status !== 413) throw this.client.refusalOf("runs/log-batch", answer);
    if (!isSecondTry && (await getRun(this.client, this.#runId, signal))?.isDeleted) {
      await this.#restore(signal);
      return this.#logBatch(batch, signal, true);
    }
    for (const half of halvesOf(batch)) await this.#logBatch(half, signal, true);
    if (batch.entries.length > 1) return;
    const message = "the MLflow server refuses an entry; it is left out, and further ones unsaid";
    this.#tellOnce("entry", message, {
      entry: batch.entries[0]!.json.slice(0, 300),
      said: String(answer.body.message),
    });
  }

  /** A file that cannot be uploaded in the time that there is must not hold up all that comes after it. */
  async #upload(path: string, body: { text: string } | { file: string }, signal: AbortSignal): Promise<void> {
    const begun = this.#uploads.get(path);
    if ("file" in body && begun === 0) return;
    if (begun !== undefined && begun >= maxUploads) {
      this.#tellOnce(path, "a file takes too long to be uploaded to MLflow; it is left out", { file: path });
      return;
    }
    const target = `mlflow-artifacts/artifacts/${`${this.#artifactPath}/${path}`.split("/").map(encodeURIComponent).join("/")}`;
    try {
      const answer = await this.client.put(target, body, signal);
      if (answer.status === 200) this.#uploads.set(path, 0);
      else
        this.#tellOnce(path, "the MLflow server refuses a file; it is left out", { file: path, status: answer.status });
    } catch (error) {
      if (signal.aborted) this.#uploads.set(path, (begun ?? 0) + 1);
      throw error;
    }
  }

  async #logInputs(dataset: NonNullable<StoredRun["dataset"]>, signal: AbortSignal): Promise<void> {
    const { name, digest, sourceType: source_type, source, profile } = dataset;
    const tags = [{ key: "mlflow.data.context", value: "training" }];
    const datasets = [{ tags, dataset: { name, digest, source_type, source, profile } }];
    const answer = await this.client.tell("runs/log-inputs", JSON.stringify({ run_id: this.#runId, datasets }), signal);
    if (answer.status !== 200)
      this.#tellOnce("inputs", "the MLflow server takes no datasets", { status: answer.status });
  }

  /** The parent may be told of after the runs that are its parts. */
  async #tagParent(signal: AbortSignal): Promise<void> {
    if (!this.#parent) return;
    const parent = await findRun(this.client, this.#parent.experimentId, this.#parent.runId, signal);
    if (!parent) return;
    this.#parent = undefined;
    await this.log({ metrics: [], params: [], tags: [{ key: "mlflow.parentRunId", value: parent.id }] }, signal);
  }

  async #update(change: { readonly [key: string]: Json }, signal: AbortSignal): Promise<void> {
    await this.client.post("runs/update", { run_id: this.#runId, ...change }, signal);
  }

  #tellOnce(subject: string, message: string, fields?: { readonly [key: string]: Json }): void {
    if (this.#told.has(subject)) return;
    this.#told.add(subject);
    this.logger.warn(message, fields);
  }
}

/** Where uploads of a run go below the server's artifacts; undefined where it keeps them otherwise. */
function artifactPath(uri: string): string | undefined {
  const match = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.+)$/.exec(uri);
  return match?.[1]?.replace(/\/+$/, "");
}

/** The files of a file or folder, by what they are called; none where it is gone. */
async function filesOf(from: string, path: string): Promise<readonly { path: string; file: string }[]> {
  const found = await stat(from).catch(() => undefined);
  if (!found) return [];
  if (!found.isDirectory()) return [{ path, file: from }];
  const entries = await readdir(from, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ file, path: `${path}/${file.slice(from.length + 1).replaceAll("\\", "/")}` }))
    .sort((left, right) => (left.path < right.path ? -1 : 1));
}

function savedRunId(saved: Json | undefined): string | undefined {
  const id = (saved as { runId?: unknown } | null | undefined)?.runId;
  return typeof id === "string" ? id : undefined;
}
