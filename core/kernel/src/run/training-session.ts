import { writeFile } from "node:fs/promises";
import { disposalFailure } from "../container/disposal-failure.js";
import { CallbackPoint } from "../contracts/callback.js";
import type { CheckpointAttachment, LoadedCheckpoint } from "../contracts/checkpoint-store.js";
import { ComputePoint } from "../contracts/compute-backend.js";
import type { JsonObject } from "../contracts/json.js";
import { type ModelPlan, ModelPoint } from "../contracts/model-loader.js";
import { TokenizerPoint } from "../contracts/tokenizer.js";
import { type RunDescription, type RunOutcome, TrackerPoint } from "../contracts/tracker.js";
import { TrainerPoint, type TrainingOutcome } from "../contracts/trainer.js";
import type { CodexError } from "../errors/codex-error.js";
import { CallbackChain } from "./callback-chain.js";
import type { Composition } from "./composition.js";
import { readEnvironment } from "./environment.js";
import { type KernelState, readRunSection } from "./kernel-state.js";
import { loadPartStates, savePartStates } from "./part-states.js";
import { RecordJournal } from "./record-journal.js";
import { describeError, type RunFolder } from "./run-folder.js";
import { createRunHooks } from "./run-hooks.js";
import type { TrainResult } from "./run-observer.js";
import type { SafeObserver } from "./safe-observer.js";
import { toRunError } from "./to-run-error.js";
import { TrackerQueue } from "./tracker-queue.js";

export interface TrainingSessionSettings {
  readonly kernel: KernelState;
  readonly composition: Composition;
  readonly folder: RunFolder;
  readonly observer: SafeObserver;
  readonly signal: AbortSignal;
  readonly resumed?: LoadedCheckpoint;
  /** The checkpoint is of this folder: the run goes on, under its own id. */
  readonly inPlace: boolean;
}

/** One training in a folder that is its own: plan → start → run → stop. */
export class TrainingSession {
  #queues: readonly TrackerQueue[] = [];

  constructor(readonly settings: TrainingSessionSettings) {}

  async run(): Promise<TrainResult> {
    const { folder, signal } = this.settings;
    let outcome: TrainingOutcome | undefined;
    let failure: CodexError | undefined;
    try {
      const plan = await this.#plan();
      await this.#start(plan);
      outcome = await this.#train();
    } catch (error) {
      failure = toRunError(error, signal, "Training");
      folder.log.error("the run failed", { error: describeError(failure), stack: stackOf(error) });
    }
    failure = await this.#stop(outcome, failure);
    if (failure) throw failure;
    return { runId: folder.runId, folder: folder.path, outcome: outcome! };
  }

  /** What the model needs, where model and tokenizer are known, before a device is touched. */
  async #plan(): Promise<ModelPlan | undefined> {
    const { composition, folder, kernel } = this.settings;
    await folder.writeText("config.yaml", kernel.config.toYaml());
    if (!composition.has(ModelPoint) || !composition.has(TokenizerPoint)) return undefined;
    const { vocabSize } = await composition.container.one(TokenizerPoint);
    const plan = (await composition.container.one(ModelPoint)).plan({ vocabSize, dtype: "float32" });
    folder.log.info("the model is planned", { vocabSize, ...plan });
    return plan;
  }

  /** Makes all parts, gives them their states back, and opens the trackers without waiting for them. */
  async #start(plan: ModelPlan | undefined): Promise<void> {
    const { composition, folder, observer, kernel, resumed, signal } = this.settings;
    const { container } = composition;
    const reading = readEnvironment(kernel.projectFolder, folder.runId, composition.packages);
    const [trackers] = [await container.many(TrackerPoint), await container.many(CallbackPoint)];
    await container.one(TrainerPoint);
    loadPartStates(container.made, resumed?.parts ?? {});
    const environment = { ...(await reading), ...(await this.#device()) };
    await folder.writeJson("environment.json", environment);
    signal.throwIfAborted();

    this.#queues = Object.entries(trackers).map(([name, tracker]) => {
      const onFailed = (error: CodexError) => composition.skip(`${TrackerPoint.key}.${name}`, error);
      return new TrackerQueue({ name, tracker, folder: folder.path, limitMs: kernel.limits.trackerMs, onFailed });
    });
    for (const queue of this.#queues) queue.start(this.#describe(environment));
    const from = resumed ? { resumedFrom: resumed.path, resumedAtStep: resumed.step } : {};
    folder.event("runStart", { runId: folder.runId, ...from });
    const { name } = readRunSection(kernel);
    observer.notify("runStart", { runId: folder.runId, name, folder: folder.path, plan, ...from });
  }

  async #train(): Promise<TrainingOutcome> {
    const { composition, folder, observer, kernel, resumed, signal } = this.settings;
    const { container } = composition;
    const callbacks = new CallbackChain(await container.many(CallbackPoint), {
      isTolerant: (name) => container.isTolerant(`${CallbackPoint.key}.${name}`),
      onSkipped: (name, error) => composition.skip(`${CallbackPoint.key}.${name}`, error),
    });
    const trainer = await container.one(TrainerPoint);
    return trainer.train({
      runId: folder.runId,
      seed: readRunSection(kernel).seed,
      signal,
      hooks: createRunHooks(folder, new RecordJournal(folder, this.#queues), callbacks, observer),
      ...(resumed ? { resumeFrom: resumed } : {}),
      attachments: await this.#attachments(),
      partStates: () => savePartStates(container.made),
    });
  }

  /** Flushes the trackers, closes all parts in reverse, and says in run.json how it ended. */
  async #stop(outcome: TrainingOutcome | undefined, failed: CodexError | undefined): Promise<CodexError | undefined> {
    const { composition, folder, signal } = this.settings;
    const interrupted = failed ? failed.exitCode === 130 : outcome?.status === "interrupted";
    const status = interrupted ? "interrupted" : failed ? "failed" : "finished";
    const forTrackers: RunOutcome = { status, endedAtMs: Date.now(), ...(failed ? { error: failed.message } : {}) };
    // Reporting a tracker may fail as well, on a full disk: the parts and the folder are let go all the same.
    const closed = await Promise.allSettled(this.#queues.map((queue) => queue.close(forTrackers)));
    const unreported = closed.find((end) => end.status === "rejected");
    const failures = await composition.dispose();
    const failure =
      failed ?? disposalFailure(failures) ?? (unreported && toRunError(unreported.reason, signal, "Training"));
    try {
      if (failure) folder.event("failure", { error: describeError(failure) });
      folder.event("runEnd", { status, ...(outcome ? { reason: outcome.reason, step: outcome.step } : {}) });
    } finally {
      await folder.close({ status, ...(failure ? { error: failure } : {}) });
    }
    return failure;
  }

  #describe(environment: JsonObject): RunDescription {
    const { folder, kernel, resumed, inPlace } = this.settings;
    return Object.freeze({
      runId: folder.runId,
      name: readRunSection(kernel).name,
      folder: folder.path,
      config: kernel.config.redacted(),
      environment,
      startedAtMs: folder.startedAtMs,
      ...(inPlace && resumed ? { resumedAtStep: resumed.step } : {}),
    });
  }

  async #device(): Promise<JsonObject> {
    const { composition } = this.settings;
    if (!composition.has(ComputePoint)) return {};
    const { device } = await composition.container.one(ComputePoint);
    return { device: { ...device, dtypes: [...device.dtypes] } };
  }

  /** What lets a checkpoint stand alone: the config and the tokenizer. */
  async #attachments(): Promise<readonly CheckpointAttachment[]> {
    const { composition, kernel } = this.settings;
    const yaml = kernel.config.toYaml();
    const config = { name: "config.yaml", kind: "file", write: (path: string) => writeFile(path, yaml) } as const;
    if (!composition.has(TokenizerPoint)) return [config];
    const tokenizer = await composition.container.one(TokenizerPoint);
    return [config, { name: "tokenizer", kind: "folder", write: (folder) => tokenizer.save(folder) }];
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
