import { readFile, writeFile } from "node:fs/promises";
import { relative } from "node:path";
import { originsInWords } from "../config/config-origin.js";
import { redactWords } from "../config/redact-words.js";
import { disposalFailure } from "../container/disposal-failure.js";
import { BatchSourcePoint } from "../contracts/batch-source.js";
import { CallbackPoint } from "../contracts/callback.js";
import type { CheckpointAttachment } from "../contracts/checkpoint-store.js";
import { ComputePoint, type DeviceInfo } from "../contracts/compute-backend.js";
import type { JsonObject } from "../contracts/json.js";
import { TokenizerPoint } from "../contracts/tokenizer.js";
import { type RunOutcome, TrackerPoint } from "../contracts/tracker.js";
import { TrainerPoint, type TrainingOutcome } from "../contracts/trainer.js";
import type { CodexError } from "../errors/codex-error.js";
import { composeLock, lockPlugins } from "../lock/compose-lock.js";
import type { Lockfile } from "../lock/lockfile.js";
import type { RunLog } from "../logging/run-log.js";
import type { SystemSampler } from "../system/system-sampler.js";
import { CallbackChain } from "./callback-chain.js";
import { checkedRecorder } from "./check-record.js";
import { checkResume } from "./check-resume.js";
import type { Composition } from "./composition.js";
import { readEnvironment } from "./environment.js";
import type { FittedPlan } from "./find-plan.js";
import { type KernelState, readRunSection } from "./kernel-state.js";
import { withPlanFigures } from "./memory-failure.js";
import { parseNdjson } from "./ndjson-file.js";
import { loadPartStates, savePartStates } from "./part-states.js";
import { RecordJournal } from "./record-journal.js";
import { ReplayedSteps } from "./replayed-steps.js";
import type { ResumedCheckpoint } from "./resumed-checkpoint.js";
import { describeError, RunFolder } from "./run-folder.js";
import type { RunFolderClaim } from "./run-folder-claim.js";
import { createRunHooks } from "./run-hooks.js";
import type { TrainResult } from "./run-observer.js";
import { describedRun, RunTrackers } from "./run-trackers.js";
import type { SafeObserver } from "./safe-observer.js";
import { startSampler } from "./start-sampler.js";
import { SupersededRecords } from "./superseded-records.js";
import { tellOfCheckpoint } from "./tell-of-checkpoint.js";
import { toRunError } from "./to-run-error.js";

export interface TrainingSessionSettings {
  readonly kernel: KernelState;
  readonly composition: Composition;
  readonly claim: RunFolderClaim;
  readonly observer: SafeObserver;
  readonly log: RunLog;
  readonly signal: AbortSignal;
  /** What the run needs, where model and tokenizer are known. */
  readonly plan?: FittedPlan;
  readonly resumed?: ResumedCheckpoint;
  readonly allowChanged: readonly "data"[];
  /** Folder of the run that this one repeats. */
  readonly replayOf?: string;
}

/** What a trainer may tell once it has begun. */
type BegunHooks = ReturnType<typeof createRunHooks>;

/** What is known of a run whose parts are made. */
interface RunFacts {
  readonly environment: JsonObject;
  readonly lock: Lockfile;
}

/**
 * One training, planned, in a folder that was claimed: start → train → stop. The folder changes when the trainer says
 * that it begins; a run that is refused before leaves no trace in it.
 */
export class TrainingSession {
  #folder: RunFolder | undefined;
  #trackers: RunTrackers | undefined;
  #journal: RecordJournal | undefined;
  #isInexact = false;
  #sampler: SystemSampler | undefined;

  constructor(readonly settings: TrainingSessionSettings) {}

  async run(): Promise<TrainResult> {
    const { claim, log, signal, resumed } = this.settings;
    log.step = resumed?.step ?? 0;
    let outcome: TrainingOutcome | undefined;
    let failure: CodexError | undefined;
    try {
      const facts = await this.#start();
      outcome = await this.#train(facts);
    } catch (error) {
      failure = withPlanFigures(toRunError(error, signal, "Training"), this.settings.plan);
      log.error("the run failed", { error: describeError(failure), stack: stackOf(error) });
    }
    failure = await this.#stop(outcome, failure);
    if (failure) throw failure;
    return { runId: claim.runId, folder: claim.path, outcome: outcome! };
  }

  /** Makes all parts, gives them their states back, and sees whether the run may go on from its checkpoint. */
  async #start(): Promise<RunFacts> {
    const { composition, claim, kernel, signal } = this.settings;
    kernel.capture.enter("make the parts");
    const { container } = composition;
    // Both take a while and need no part, so they go on while the parts are made.
    const reading = Promise.all([
      readEnvironment({
        projectFolder: kernel.projectFolder,
        runId: claim.runId,
        packages: composition.packages,
        command: redactWords(process.argv, kernel.config.secrets),
      }),
      lockPlugins(composition.plugins, (name) => composition.isObserving(name)),
    ]);
    // Where a part cannot be made, nobody waits for it any more: what it then fails with is not what failed.
    reading.catch(() => undefined);
    await container.many(TrackerPoint);
    await container.many(CallbackPoint);
    await container.one(TrainerPoint);
    loadPartStates(container.made, this.settings.resumed?.loaded?.parts ?? {});
    const device = await this.#device();
    const [surroundings, plugins] = await reading;
    const environment = {
      ...surroundings,
      ...(device ? { device: { ...device, dtypes: [...device.dtypes] } } : {}),
    };
    const lock = await this.#lock(plugins, environment, device);
    await this.#checkResume(lock);
    this.#warnOfFreshStart();
    signal.throwIfAborted();
    this.#announce(device);
    return { environment, lock };
  }

  async #train(facts: RunFacts): Promise<TrainingOutcome> {
    const { composition, claim, kernel, resumed, signal, allowChanged, log, observer } = this.settings;
    const { container } = composition;
    const { capture } = kernel;
    const trainer = await container.one(TrainerPoint);
    const callbacks = await this.#callbacks();
    capture.enter("begin the run");
    let hooks: BegunHooks | undefined;
    const begun = (): BegunHooks => {
      if (hooks) return hooks;
      throw new TypeError("The trainer reported before it called run.begin().");
    };
    return trainer.train({
      runId: claim.runId,
      seed: readRunSection(kernel).seed,
      signal,
      hooks: {
        stepEnd: async (report) => {
          capture.enter("train", `, after step ${report.step}`);
          log.step = report.step;
          return begun().stepEnd(report);
        },
        evaluationEnd: async (report) => begun().evaluationEnd(report),
        checkpointSaved: async (saved) => begun().checkpointSaved(saved),
        sample: (sample) => begun().sample(sample),
        notice: ({ event, text, facts }) => {
          log.warn(text, facts);
          log.event(event, facts);
          observer.notify("warning", text);
        },
        ...callbacks.looking,
      },
      get resumeFrom() {
        return resumed?.loaded;
      },
      allowChanged,
      begin: async () => {
        hooks ??= await this.#begin(facts, callbacks);
        resumed?.release();
      },
      attachments: await this.#attachments(facts.lock),
      partStates: () => savePartStates(container.made),
    });
  }

  /** Takes the folder over: its records, its config, environment and lock, and the trackers, not waited for. */
  async #begin({ environment, lock }: RunFacts, callbacks: CallbackChain): Promise<BegunHooks> {
    const { composition, claim, observer, log, kernel, replayOf } = this.settings;
    const folder = await RunFolder.begin(claim, {
      name: readRunSection(kernel).name,
      command: redactWords(process.argv, kernel.config.secrets),
      ...(claim.goesOn ? this.#origin() : { resumedFrom: this.#origin().resumedFrom }),
      isInexact: this.#isInexact,
      replayOf,
    });
    this.#folder = folder;
    kernel.capture.useRun({ folder: folder.path, runId: folder.runId });
    kernel.capture.enter("train");
    log.attach(folder);
    await folder.writeText("config.yaml", kernel.config.toYaml());
    await folder.writeJson("config-origins.json", originsInWords(kernel.config));
    await folder.writeJson("environment.json", environment);
    await folder.writeJson("lock.json", { ...lock } as unknown as JsonObject);
    folder.event("runStart", { runId: folder.runId, ...this.#origin() });
    const superseded = new SupersededRecords(folder.path);
    const replayed = await this.#replayedSteps(folder, superseded);
    const journal = new RecordJournal(folder, (step, metrics) => replayed?.compare(step, metrics));
    this.#journal = journal;
    const step = this.settings.resumed?.step ?? 0;
    await this.#tellOfResumed(folder, journal);
    for (const name of ["config.yaml", "environment.json", "lock.json"]) {
      journal.record({ kind: "artifact", step, name, type: "file", path: name });
    }
    this.#trackers = new RunTrackers(await composition.container.many(TrackerPoint), {
      composition,
      run: { ...describedRun(kernel), folder: folder.path, runId: folder.runId, startedAtMs: folder.startedAtMs },
      environment,
      segments: folder.segments,
      superseded,
      lastSequence: () => journal.lastSequence,
    });
    this.#trackers.start();
    await callbacks.runStart({
      runId: folder.runId,
      folder: folder.path,
      recorder: checkedRecorder(journal),
    });
    const { systemMetrics } = readRunSection(kernel);
    const toldUpTo = this.settings.resumed?.step ?? -1;
    if (systemMetrics) this.#sampler = startSampler({ ...systemMetrics, journal, log, toldUpTo });
    return createRunHooks(folder, journal, callbacks, observer);
  }

  /** A checkpoint that was whole when the process died, and not told of yet, is told of now. */
  async #tellOfResumed(folder: RunFolder, journal: RecordJournal): Promise<void> {
    const { claim, resumed } = this.settings;
    if (!claim.goesOn || !resumed) return;
    const path = relative(folder.path, resumed.path);
    const events = parseNdjson(await readFile(folder.events.path, "utf8"));
    if (events.some((event) => event.event === "checkpoint" && event.path === path)) return;
    tellOfCheckpoint(folder, journal, resumed);
  }

  /** Where the numbers are promised to be those of before, the steps that are trained again. */
  async #replayedSteps(folder: RunFolder, superseded: SupersededRecords): Promise<ReplayedSteps | undefined> {
    const { claim, log, observer } = this.settings;
    if (!claim.goesOn || this.#isInexact) return undefined;
    return ReplayedSteps.read(superseded, folder.segments.at(-1)!, (error) => {
      log.warn("the resume diverged", { error: describeError(error) });
      folder.event("resumeDiverged", { error: describeError(error) });
      observer.notify("warning", `${error.code}: ${error.what} ${error.why ?? ""}`.trim());
    });
  }

  /** Flushes the trackers, closes all parts in reverse, and says in run.json how it ended. */
  async #stop(outcome: TrainingOutcome | undefined, failed: CodexError | undefined): Promise<CodexError | undefined> {
    const { composition, claim, kernel } = this.settings;
    if (!failed) kernel.capture.enter("close the run");
    this.#sampler?.stop();
    const interrupted = failed ? failed.exitCode === 130 : outcome?.status === "interrupted";
    const status = interrupted ? "interrupted" : failed ? "failed" : "finished";
    const forTrackers: RunOutcome = { status, endedAtMs: Date.now(), ...(failed ? { error: failed.message } : {}) };
    // Reporting a tracker may fail as well, on a full disk: the parts and the folder are let go all the same.
    const unreported = await this.#reported(status, forTrackers, failed);
    const failures = await composition.dispose();
    const failure = failed ?? disposalFailure(failures) ?? unreported;
    const folder = this.#folder;
    if (!folder) {
      await claim.release();
      return failure;
    }
    try {
      if (failure) folder.event("failure", { error: describeError(failure) });
      folder.event("runEnd", { status, ...(outcome ? { reason: outcome.reason, step: outcome.step } : {}) });
    } finally {
      await this.settings.log.close();
      await folder.close({ status, ...(failure ? { error: failure } : {}) });
    }
    return failure;
  }

  /** Writes the report of how the run ended, which the trackers get too, and closes them; gives what went wrong. */
  async #reported(status: RunOutcome["status"], outcome: RunOutcome, failed?: CodexError) {
    try {
      if (this.#folder) {
        await this.#folder.writeEnd({ status, ...(failed ? { error: failed } : {}) });
        await this.#report(this.#folder);
      }
      return undefined;
    } catch (error) {
      return toRunError(error, this.settings.signal, "Training");
    } finally {
      await this.#trackers?.close(outcome);
    }
  }

  /** The report is for looking at: where it cannot be written, the run is none the worse. */
  async #report(folder: RunFolder): Promise<void> {
    try {
      const { writeReport } = await import("../report/write-report.js");
      await writeReport(folder.path);
      const journal = this.#journal;
      const file = { name: "report.html", type: "file", path: "report.html" } as const;
      journal?.record({ kind: "artifact", step: journal.lastStep, ...file });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.settings.observer.notify("warning", `The report could not be written: ${reason}`);
    }
  }

  #announce(device: DeviceInfo | undefined): void {
    const { claim, observer, kernel, plan } = this.settings;
    const { name } = readRunSection(kernel);
    observer.notify("runStart", {
      runId: claim.runId,
      name,
      folder: claim.path,
      plan: plan?.model,
      device,
      ...this.#origin(),
    });
  }

  /** The checkpoint that the run goes on from. */
  #origin(): { readonly resumedFrom?: string; readonly resumedAtStep?: number } {
    const { resumed } = this.settings;
    return resumed ? { resumedFrom: resumed.path, resumedAtStep: resumed.step } : {};
  }

  async #lock(
    plugins: Lockfile["plugins"],
    environment: JsonObject,
    device: DeviceInfo | undefined,
  ): Promise<Lockfile> {
    const { composition, claim, kernel } = this.settings;
    const { container } = composition;
    const data = composition.has(BatchSourcePoint) ? await container.one(BatchSourcePoint) : undefined;
    const tokenizer = composition.has(TokenizerPoint) ? await container.one(TokenizerPoint) : undefined;
    return composeLock({
      runId: claim.runId,
      config: kernel.config,
      observingOptions: (await container.one(TrainerPoint)).observingOptions,
      plugins,
      dataFingerprint: data?.fingerprint,
      tokenizerFingerprint: tokenizer?.fingerprint,
      device,
      environment,
    });
  }

  async #checkResume(lock: Lockfile): Promise<void> {
    const { kernel, resumed, allowChanged, observer, log } = this.settings;
    if (!resumed) return;
    const { requireExact } = readRunSection(kernel);
    const doubts = await checkResume({ checkpoint: resumed.path, lock, allowChanged, requireExact });
    if (doubts.length === 0) return;
    this.#isInexact = true;
    log.warn("this resume is not exact", { checkpoint: resumed.path, doubts });
    log.event("resumeNotExact", { checkpoint: resumed.path, doubts });
    observer.notify("warning", `This resume is not exact: ${doubts.join("; ")}.`);
  }

  /** A fresh start over an earlier run is what `latest` means where no checkpoint loads; it shall surprise nobody. */
  #warnOfFreshStart(): void {
    const { claim, observer, log } = this.settings;
    if (!claim.earlier || claim.goesOn) return;
    log.warn("no checkpoint of the earlier run loads; training starts afresh", { folder: claim.path });
    const what = `${claim.path} holds a run of which no checkpoint loads: training starts afresh, at step 1.`;
    const kept = "Its metrics move to metrics.superseded.ndjson, checkpoints to checkpoints/superseded-….";
    observer.notify("warning", `${what} ${kept}`);
  }

  async #callbacks(): Promise<CallbackChain> {
    const { container } = this.settings.composition;
    return new CallbackChain(await container.many(CallbackPoint), {
      isTolerant: (name) => container.isTolerant(`${CallbackPoint.key}.${name}`),
      onSkipped: (name, error) => this.settings.composition.skip(`${CallbackPoint.key}.${name}`, error),
    });
  }

  async #device(): Promise<DeviceInfo | undefined> {
    const { composition } = this.settings;
    return composition.has(ComputePoint) ? (await composition.container.one(ComputePoint)).device : undefined;
  }

  /** What lets a checkpoint stand alone: the config, the lock and the tokenizer. */
  async #attachments(lock: Lockfile): Promise<readonly CheckpointAttachment[]> {
    const { composition, kernel } = this.settings;
    const file = (name: string, text: string): CheckpointAttachment => ({
      name,
      kind: "file",
      write: (path) => writeFile(path, text),
    });
    const files = [
      file("config.yaml", kernel.config.toYaml()),
      file("lock.json", `${JSON.stringify(lock, undefined, 2)}\n`),
    ];
    if (!composition.has(TokenizerPoint)) return files;
    const tokenizer = await composition.container.one(TokenizerPoint);
    return [...files, { name: "tokenizer", kind: "folder", write: (folder) => tokenizer.save(folder) }];
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
