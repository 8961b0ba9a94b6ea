import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Json } from "../contracts/json.js";
import type { RunDescription, RunOutcome, Tracker, TrackerRecord } from "../contracts/tracker.js";
import { type CodexError, isCodexError } from "../errors/codex-error.js";
import { runErrors } from "../errors/run-errors.js";
import { withTimeLimit } from "../plugins/time-limit.js";
import { makeFolder } from "./make-folder.js";
import { TrackerSpool } from "./tracker-spool.js";
import { writeFileWhole } from "./write-file.js";

export interface TrackerQueueSettings {
  /** The instance's name in the config. */
  readonly name: string;
  readonly tracker: Tracker;
  /** The run's folder. */
  readonly folder: string;
  /** Milliseconds in which the tracker must open, write a batch, or close. */
  readonly limitMs: number;
  /** Waits before a batch is tried again; after the last one the tracker is given up. */
  readonly retryMs?: readonly number[];
  /** How long records are gathered before they are written. */
  readonly gatherMs?: number;
  /** Told once, when the tracker is given up. */
  onFailed(error: CodexError): void;
}

const batchSize = 500;

/**
 * Carries records to one tracker in batches, in order, without ever making the run wait: a slow tracker gets larger
 * batches, one that fails is tried again, reported once and given up, and what it did not settle is spooled to disk
 * for the next time the run goes on.
 */
export class TrackerQueue {
  readonly #queue: TrackerRecord[] = [];
  readonly #spool: TrackerSpool;
  readonly #retryMs: readonly number[];
  readonly #gatherMs: number;
  /** Records at the head of the queue that came from the spool. */
  #fromSpool = 0;
  #opened = false;
  #failure: CodexError | undefined;
  #wake: (() => void) | undefined;
  #closing = false;
  /** The tracker still holds on to a call after its time was over. */
  #abandoned = false;
  #working: Promise<void> = Promise.resolve();

  constructor(readonly settings: TrackerQueueSettings) {
    this.#spool = new TrackerSpool(join(settings.folder, "trackers", `${settings.name}.spool.ndjson`));
    this.#retryMs = settings.retryMs ?? [500, 1000, 2000, 4000];
    this.#gatherMs = settings.gatherMs ?? 250;
  }

  /** Opens the tracker and writes what comes, in the background. */
  start(run: RunDescription): void {
    this.#working = this.#work(run).catch((error: unknown) => this.#giveUp("failed", error));
  }

  /** Takes a record. Never waits and never throws. */
  push(record: TrackerRecord): void {
    this.#queue.push(record);
    if (this.#queue.length >= batchSize) this.#wake?.();
  }

  /** Writes what is left within the time limit, spools the rest, and closes the tracker. */
  async close(outcome: RunOutcome): Promise<void> {
    this.#closing = true;
    this.#wake?.();
    const { limitMs, tracker } = this.settings;
    try {
      await withTimeLimit(this.#working, limitMs, () => new Error(`it did not take all records in ${limitMs} ms`));
    } catch (error) {
      this.#abandoned = true;
      this.#giveUp("is too slow", error);
      await this.#spool.replace(this.#queue).catch(() => undefined);
    }
    if (!this.#opened) return;
    const late = () => new Error(`it did not close in ${limitMs} ms`);
    const closed = withTimeLimit((async () => tracker.close(outcome))(), limitMs, late);
    await closed.catch((error: unknown) => this.#giveUp("failed to close", error));
  }

  async #work(run: RunDescription): Promise<void> {
    await this.#open(run);
    while (this.#failure === undefined) {
      if (this.#queue.length > 0) await this.#deliver(this.#queue.slice(0, batchSize));
      else if (this.#closing) return;
      if (this.#queue.length < batchSize && !this.#closing) await this.#sleep(this.#gatherMs);
    }
    if (!this.#abandoned) await this.#spoolOn().catch(() => undefined);
  }

  /** Keeps on disk what the tracker missed and what still comes. The metrics file of the run has it all the same. */
  async #spoolOn(): Promise<void> {
    await this.#spool.replace(this.#queue.splice(0));
    while (true) {
      const last = this.#closing;
      await this.#spool.append(this.#queue.splice(0));
      if (last) return;
      await this.#sleep(this.#gatherMs);
    }
  }

  async #open(run: RunDescription): Promise<void> {
    const { folder, name, tracker, limitMs } = this.settings;
    const resumed = run.resumedAtStep !== undefined;
    const statePath = join(folder, "trackers", `${name}.json`);
    const saved = resumed ? await readState(statePath) : undefined;
    const spooled = resumed ? await this.#spool.read(run.resumedAtStep) : [];
    this.#queue.unshift(...spooled);
    this.#fromSpool = spooled.length;
    await this.#attempt(async () => {
      const late = () => new Error(`it did not open in ${limitMs} ms`);
      const state = await withTimeLimit((async () => tracker.open(run, saved))(), limitMs, late);
      await makeFolder(join(folder, "trackers"));
      await writeFileWhole(statePath, JSON.stringify({ state: state ?? null }));
      this.#opened = true;
    }, "cannot be opened");
  }

  async #deliver(batch: readonly TrackerRecord[]): Promise<void> {
    const { tracker, limitMs } = this.settings;
    await this.#attempt(async () => {
      const late = () => new Error(`it did not write ${batch.length} records in ${limitMs} ms`);
      const signal = AbortSignal.timeout(limitMs);
      await withTimeLimit((async () => tracker.write(batch, signal))(), limitMs + 100, late);
      this.#queue.splice(0, batch.length);
      if (this.#fromSpool === 0 || this.#abandoned) return;
      this.#fromSpool = Math.max(0, this.#fromSpool - batch.length);
      await this.#spool.replace(this.#queue.slice(0, this.#fromSpool));
    }, "failed");
  }

  /** Tries an action again and again, with waits between. */
  async #attempt(action: () => Promise<void>, problem: string): Promise<void> {
    for (const waitMs of [...this.#retryMs, undefined]) {
      if (this.#failure) return;
      try {
        return await action();
      } catch (error) {
        if (waitMs === undefined || this.#failure) return this.#giveUp(problem, error);
        await this.#sleep(waitMs);
      }
    }
  }

  /** Waits; closing cuts the wait short. */
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#closing ? Math.min(ms, 50) : ms);
      timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #giveUp(problem: string, error: unknown): void {
    if (this.#failure) return;
    const { name, onFailed } = this.settings;
    const reason = isCodexError(error) ? error.message : error instanceof Error ? error.message : String(error);
    this.#failure = runErrors.CODEX_TRACKER_FAILED({
      what: `Tracker ${name} ${problem}: ${reason}`,
      where: `config → tracker.${name}`,
      cause: error,
    });
    onFailed(this.#failure);
  }
}

async function readState(path: string): Promise<Json | undefined> {
  try {
    return (JSON.parse(await readFile(path, "utf8")) as { state?: Json }).state;
  } catch {
    return undefined;
  }
}
