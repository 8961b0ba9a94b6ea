import { createHash } from "node:crypto";
import { cp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Json, type JsonObject, type Logger, makeFolder } from "codex-core";
import { mlflowErrors } from "../errors.js";
import type {
  ArtifactFile,
  LoggedEntries,
  MetricPoint,
  NamedText,
  RunStatus,
  RunStore,
  StoredRun,
} from "../run-store.js";
import { type ExperimentFolder, openExperiment } from "./experiment-folder.js";
import { writeInput } from "./input-files.js";
import { readMeta, writeMeta } from "./meta-file.js";
import { MetricFiles } from "./metric-files.js";
import { isMissing, isNameTaken, writeWhole } from "./whole-file.js";

/** Numbers of MLflow's `RunStatus`. */
const statusNumbers = { RUNNING: 1, FINISHED: 3, FAILED: 4, KILLED: 5 } as const;
const subfolders = ["metrics", "params", "tags", "artifacts"];

/** The id of a run in a local store: made of its runId, so that whoever knows that knows this. */
export function localRunId(runId: string): string {
  return createHash("sha256").update(runId).digest("hex").slice(0, 32);
}

/** Keeps runs in a folder as MLflow's file store does. */
export class LocalStore implements RunStore {
  #folder = "";
  #metrics: MetricFiles | undefined;
  readonly #leftOut = new Set<string>();

  constructor(
    readonly root: string,
    readonly logger: Logger,
  ) {}

  /** A run that was not opened before begins anew. */
  async open(run: StoredRun, saved: Json | undefined): Promise<Json> {
    return this.#guarded(async () => {
      await this.#metrics?.close();
      const experiment = await openExperiment(this.root, run.experiment, savedExperiment(saved));
      const runId = localRunId(run.runId);
      this.#folder = join(experiment.folder, runId);
      if (saved === undefined) await this.#clear();
      for (const name of subfolders) await makeFolder(join(this.#folder, name));
      const metrics = new MetricFiles(join(this.#folder, "metrics"), this.#draft, (key) => this.#leaveOut(key));
      this.#metrics = metrics;
      await metrics.repair();
      await this.#writeParams(run.params);
      const parent = run.parent === undefined ? [] : [{ key: "mlflow.parentRunId", value: localRunId(run.parent) }];
      await this.#writeTags([...run.tags, ...parent]);
      if (run.dataset) await writeInput(experiment.folder, this.#folder, run.dataset);
      // Without it MLflow sees no run, so it comes last.
      await this.#describe(run, experiment, runId);
      this.#tellHowToSee();
      return { experimentId: experiment.id, runId };
    });
  }

  async log({ metrics, params, tags }: LoggedEntries): Promise<void> {
    await this.#guarded(async () => {
      await this.#metrics!.append(metrics);
      await this.#writeParams(params);
      await this.#writeTags(tags);
    });
  }

  async missing(points: readonly MetricPoint[]): Promise<readonly MetricPoint[]> {
    return this.#guarded(() => this.#metrics!.missing(points));
  }

  async putFile({ path, content }: ArtifactFile, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const target = join(this.#folder, "artifacts", ...path.split("/"));
    await this.#guarded(async () => {
      await makeFolder(dirname(target));
      if ("text" in content) await writeFile(target, content.text);
      else if (await isThere(content.copyOf)) await cp(content.copyOf, target, { recursive: true });
    });
  }

  async close(status: RunStatus, endTimeMs: number): Promise<void> {
    await this.#guarded(async () => {
      await this.#metrics?.close();
      await this.#changeMeta({ status: statusNumbers[status], end_time: endTimeMs });
    });
  }

  async dispose(): Promise<void> {
    await this.#metrics?.close();
  }

  get #draft(): string {
    return join(this.#folder, `.${process.pid}.tmp`);
  }

  async #clear(): Promise<void> {
    for (const name of ["meta.yaml", "metrics", "params", "tags", "inputs"]) {
      await rm(join(this.#folder, name), { recursive: true, force: true });
    }
  }

  async #describe(run: StoredRun, experiment: ExperimentFolder, runId: string): Promise<void> {
    await this.#changeMeta({
      artifact_uri: pathToFileURL(join(this.#folder, "artifacts")).href,
      deleted_time: null,
      end_time: null,
      entry_point_name: "",
      experiment_id: experiment.id,
      lifecycle_stage: "active",
      run_id: runId,
      run_uuid: runId,
      source_name: "",
      source_type: 4,
      source_version: "",
      start_time: run.startTimeMs,
      status: statusNumbers.RUNNING,
      tags: [],
      user_id: run.userName,
      // It may have got another name since.
      run_name: (await readMeta(this.#folder))?.run_name ?? run.runId,
    });
  }

  async #changeMeta(change: JsonObject): Promise<void> {
    await writeMeta(this.#folder, { ...(await readMeta(this.#folder)), ...change });
  }

  /** A param never changes; an empty file may be what a power cut left. */
  async #writeParams(params: readonly NamedText[]): Promise<void> {
    for (const param of params) {
      const known = await readFile(this.#pathOf("params", param.key), "utf8").catch((error: unknown) => {
        if (isMissing(error) || isNameTaken(error)) return "";
        throw error;
      });
      if (known === "") await this.#writeText("params", param);
    }
  }

  async #writeTags(tags: readonly NamedText[]): Promise<void> {
    for (const tag of tags) await this.#writeText("tags", tag);
  }

  async #writeText(folder: "params" | "tags", { key, value }: NamedText): Promise<void> {
    try {
      await writeWhole(this.#pathOf(folder, key), value, this.#draft);
    } catch (error) {
      if (!isNameTaken(error)) throw error;
      this.#leaveOut(key);
    }
  }

  #pathOf(folder: string, key: string): string {
    return join(this.#folder, folder, ...key.split("/"));
  }

  #leaveOut(key: string): void {
    if (this.#leftOut.has(key)) return;
    this.#leftOut.add(key);
    this.logger.warn("MLflow cannot keep a name that is a folder of others; it is left out", { key });
  }

  #tellHowToSee(): void {
    this.logger.info("the run is in MLflow's file store; MLflow 3 shows it with MLFLOW_ALLOW_FILE_STORE=true", {
      see: `MLFLOW_ALLOW_FILE_STORE=true mlflow ui --backend-store-uri "${this.root}"`,
      migrate: `mlflow migrate-filestore --source "${this.root}" --target sqlite:///mlflow.db`,
    });
  }

  async #guarded<Value>(action: () => Promise<Value>): Promise<Value> {
    try {
      return await action();
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw mlflowErrors.CODEX_TRACKER_MLFLOW_WRITE({
        what: `The run cannot be written for MLflow: ${problem}.`,
        where: this.#folder || this.root,
        cause,
      });
    }
  }
}

function savedExperiment(saved: Json | undefined): string | undefined {
  const id = (saved as { experimentId?: unknown } | null | undefined)?.experimentId;
  return typeof id === "string" && /^\d+$/.test(id) ? id : undefined;
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
