import type { RunDescription, RunOutcome, Tracker, TrackerRecord } from "../contracts/tracker.js";
import { type CodexError, isCodexError } from "../errors/codex-error.js";
import { runErrors } from "../errors/run-errors.js";
import { withTimeLimit } from "../plugins/time-limit.js";
import {
  type DeliveryState,
  deliveryStatePath,
  isWithin,
  nothingDelivered,
  rangesOf,
  readDeliveryState,
  type SequenceRange,
  stateAt,
  stateOfSegment,
  withRanges,
  writeDeliveryState,
} from "./delivery-state.js";
import type { RecordCache } from "./record-cache.js";
import { RecordReader } from "./record-reader.js";
import type { RunSegment } from "./run-segments.js";
import { owningStrays } from "./stray-errors.js";
import { deliveredOf, KeySteps, lastTold, type SupersededRecords } from "./superseded-records.js";

export interface TrackerDeliverySettings {
  /** The instance's name in the config. */
  readonly name: string;
  readonly tracker: Tracker;
  /** The run's folder, whose records are delivered. */
  readonly folder: string;
  /** The run's segments, the one that goes on last. */
  readonly segments: readonly RunSegment[];
  readonly superseded: SupersededRecords;
  /** Of the run, for all its trackers. */
  readonly cache: RecordCache;
  /** What the tracker is told of a segment, and of whether it has ended; segments count from 1. */
  describe(segment: number, isOver: boolean): RunDescription;
  /** Number of the newest record: those up to it are in the run's files. */
  lastSequence(): number;
  /** Milliseconds in which the tracker must open, write a batch, or close. */
  readonly limitMs: number;
  /** Waits before something is tried again; the last one again and again. */
  readonly retryMs?: readonly number[];
  /** How long records are gathered before they are written. Default: from 1 s when the run begins to 10 s after 90 s. */
  readonly gatherMs?: number;
  /** Told of an outage, once. */
  onFailed(error: CodexError): void;
  /** Told when an outage that was told of is over. */
  onRecovered?(): void;
}

const batchSize = 500;
/** Failures before an outage is told of: a server that starts anew is no news. */
const quietFailures = 4;

/**
 * Delivers a run's records to one tracker, from the run's own files, in order, so that nothing waits for it and nothing
 * waits in memory. What fails is tried again while the run goes on; what is left when it ends stays in the files, and
 * `RUN/trackers/NAME.json` says from where to go on.
 */
export class TrackerDelivery {
  readonly #path: string;
  readonly #retryMs: readonly number[];
  #startedAtMs = 0;
  #state: DeliveryState = nothingDelivered;
  /** What the file holds of it. */
  #saved: DeliveryState = nothingDelivered;
  #opened = false;
  #outcome: RunOutcome | undefined;
  /** No more is begun. */
  #ended = false;
  /** Superseded records of which a part arrived. */
  #inPart: readonly SequenceRange[] = [];
  #isToldOf = false;
  #isStrayToldOf = false;
  #wake: (() => void) | undefined;
  /** A call that did not settle in time, and may go on. */
  #late: Promise<unknown> | undefined;
  #working: Promise<boolean> = Promise.resolve(false);

  constructor(readonly settings: TrackerDeliverySettings) {
    this.#path = deliveryStatePath(settings.folder, settings.name);
    this.#retryMs = settings.retryMs ?? [500, 1000, 2000, 4000, 8000, 16_000, 30_000];
  }

  /** Opens the tracker and delivers what is there and what comes, in the background. */
  start(): void {
    this.#startedAtMs = performance.now();
    this.#working = this.#work()
      .catch((error: unknown) => {
        this.#tell("failed", error);
        return false;
      })
      .finally(() => this.#keep());
  }

  /**
   * Delivers what is left within the time limit and closes the tracker.
   *
   * @returns whether the tracker has all records
   */
  async close(outcome: RunOutcome): Promise<boolean> {
    this.#outcome = outcome;
    this.#wake?.();
    const { limitMs } = this.settings;
    const late = () => new Error(`it did not take all records in ${limitMs} ms`);
    const isDone = await withTimeLimit(this.#working, limitMs, late).catch((error: unknown) => {
      this.#tell("is too slow", error);
      return false;
    });
    return this.#end(isDone, outcome);
  }

  /**
   * Delivers what a run that is over has left, however long it takes, and closes the tracker.
   *
   * @returns whether the tracker has all records
   */
  async deliverRest(outcome: RunOutcome): Promise<boolean> {
    this.#outcome = outcome;
    this.start();
    return this.#end(await this.#working, outcome);
  }

  /** Begins nothing more. */
  stop(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async #end(isDone: boolean, outcome: RunOutcome): Promise<boolean> {
    this.stop();
    if (!isDone && this.#opened && !this.#late) {
      await this.#call("close", () => this.settings.tracker.close(outcome)).catch(() => undefined);
    }
    return isDone;
  }

  /** Delivers segment by segment; true when the last one is closed with all its records. */
  async #work(): Promise<boolean> {
    const { segments, tracker } = this.settings;
    const earlier = await readDeliveryState(this.#path);
    this.#saved = earlier;
    this.#state = stateAt(tracker.place, earlier);
    const isResumed = segments.length > 1 || earlier !== nothingDelivered;
    const superseded = isResumed ? await this.settings.superseded.all() : [];
    for (let segment = Math.min(this.#state.segment, segments.length); segment <= segments.length; segment++) {
      if (segment > this.#state.segment) this.#state = stateOfSegment(segment, this.#state);
      const next = segments[segment];
      if (next && this.#state.closed) continue;
      if (!(await this.#deliverSegment(segment, superseded))) return false;
    }
    return true;
  }

  async #deliverSegment(segment: number, superseded: readonly TrackerRecord[]): Promise<boolean> {
    const { segments, folder, cache, describe, tracker } = this.settings;
    const next = segments[segment];
    const first = segments[segment - 1]!.fromSequence;
    const isOfSegment = (sequence: number) => sequence >= first && (!next || sequence < next.fromSequence);
    const told = superseded.filter(({ sequence }) => isOfSegment(sequence));
    const delivered = deliveredOf(told, this.#state);
    const { settled, writing, doubtfulUpTo = 0 } = this.#state;
    const isLeft = (sequence: number) => isOfSegment(sequence) && !isWithin(settled, sequence);
    const reader = new RecordReader(folder, isLeft, cache);
    const mayHaveArrived = (record: TrackerRecord) =>
      (record.sequence <= doubtfulUpTo || isWithin(writing, record.sequence)) && !isWithin(settled, record.sequence);
    try {
      // Asked for again when all is delivered: nothing is opened for nothing.
      if (this.#state.closed && this.#outcome && (await reader.isAtEnd())) return true;
      const isOver = next !== undefined || this.#outcome !== undefined;
      if (!(await this.#open(describe(segment, isOver)))) return false;
      if (!(await this.#addArrived(delivered, told.filter(mayHaveArrived)))) return false;
      if (!(await this.#deliverAll(reader, delivered, mayHaveArrived))) return false;
      // What was trained and left is told to the segment that it was of, so that nobody misses it there.
      const left = next ? lastTold(told.filter((record) => record.step > next.fromStep)) : [];
      for (let from = 0; from < left.length; from += batchSize) {
        if (!(await this.#deliver(left.slice(from, from + batchSize), delivered, () => false))) return false;
      }
    } finally {
      await reader.close();
    }
    const outcome = next ? ({ status: "interrupted", endedAtMs: Date.now() } as const) : this.#outcome!;
    if (!(await this.#attempt("close", () => tracker.close(outcome)))) return false;
    this.#opened = false;
    await this.#save({ closed: true, writing: [] });
    return true;
  }

  async #open(run: RunDescription): Promise<boolean> {
    const { tracker } = this.settings;
    const { state: saved } = this.#state;
    return this.#attempt("open", async () => {
      const state = await tracker.open(run, saved);
      this.#opened = true;
      await this.#save({ state: state ?? null, closed: false });
    });
  }

  /** Until the end of a segment that is over, or of the run. */
  async #deliverAll(
    reader: RecordReader,
    delivered: KeySteps,
    mayHaveArrived: (record: TrackerRecord) => boolean,
  ): Promise<boolean> {
    const { segments, lastSequence } = this.settings;
    const goesOn = () => this.#state.segment === segments.length && this.#outcome === undefined;
    while (!this.#ended) {
      // Asked for first: a record that comes while the files are read is told of in the next round.
      const isLast = !goesOn();
      const batch = await reader.next(batchSize, lastSequence());
      if (batch.length > 0 && !(await this.#deliver(batch, delivered, mayHaveArrived))) return false;
      if (batch.length === 0 && isLast) return true;
      if (batch.length < batchSize && goesOn()) await this.#sleep(this.#gatherMs());
    }
    return false;
  }

  /** Settles a batch: what the tracker has already is not sent again. */
  async #deliver(
    batch: readonly TrackerRecord[],
    delivered: KeySteps,
    mayHaveArrived: (record: TrackerRecord) => boolean,
  ): Promise<boolean> {
    const { tracker } = this.settings;
    let fresh = delivered.isEmpty
      ? batch
      : batch.map((record) => delivered.newOf(record)).filter((record) => record !== undefined);
    let isUncertain = fresh.some(mayHaveArrived);
    const ranges = rangesOf(batch);
    if (fresh.length > 0) {
      await this.#save({ writing: [...this.#inPart, ...ranges] });
      const isWritten = await this.#attempt("write", async (signal) => {
        if (isUncertain && tracker.missing) fresh = [...(await tracker.missing(fresh, signal))];
        isUncertain = true;
        if (fresh.length > 0) await tracker.write(fresh, signal);
      });
      if (!isWritten) return false;
    }
    this.#state = { ...this.#state, settled: withRanges(this.#state.settled, ranges), writing: [] };
    return true;
  }

  /** Finds out which of the records that are superseded arrived, though nobody was told. */
  async #addArrived(delivered: KeySteps, records: readonly TrackerRecord[]): Promise<boolean> {
    const { tracker } = this.settings;
    if (records.length === 0 || !tracker.missing) return true;
    return this.#attempt("write", async (signal) => {
      const missing = new KeySteps(await tracker.missing!(records, signal));
      const arrived = records.map((record) => missing.newOf(record));
      for (const record of arrived) if (record) delivered.add(record);
      const whole = records.filter((record, index) => arrived[index] === record);
      this.#inPart = rangesOf(records.filter((record, index) => arrived[index] && arrived[index] !== record));
      this.#state = { ...this.#state, settled: withRanges(this.#state.settled, rangesOf(whole)) };
    });
  }

  async #save(change: Partial<DeliveryState>): Promise<void> {
    const state = { ...this.#state, ...change };
    this.#state = state;
    await writeDeliveryState(this.#path, state);
    this.#saved = state;
  }

  /** A batch is known to have arrived with the next one's writing, or here: else it would be sent again. */
  async #keep(): Promise<void> {
    if (this.#state !== this.#saved) await this.#save({}).catch(() => undefined);
  }

  /** Tries a call until it works; false when the run ended before it did. */
  async #attempt(what: Call, action: (signal: AbortSignal) => Promise<unknown>): Promise<boolean> {
    let lastChances = 2;
    for (let failures = 0; !this.#ended; failures++) {
      try {
        await this.#call(what, action);
        if (this.#isToldOf) this.settings.onRecovered?.();
        this.#isToldOf = false;
        return true;
      } catch (error) {
        const closing = this.#outcome !== undefined;
        if (failures + 1 >= quietFailures || closing) this.#tell(problems[what], error);
        if (closing && --lastChances < 0) return false;
        await this.#sleep(this.#waitAfter(failures, error));
      }
    }
    return false;
  }

  async #call(what: Call, action: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    const { limitMs } = this.settings;
    const late = () => new Error(`it did not ${what} in ${limitMs} ms`);
    // Calls never overlap: one that is late is waited for.
    if (this.#late) await withTimeLimit(this.#late, limitMs, late);
    this.#late = undefined;
    const controller = new AbortController();
    const owned = <Value>(work: () => Value) => owningStrays((error) => this.#tellOfStray(error), work);
    const abort = setTimeout(() => owned(() => controller.abort(late())), limitMs);
    const call = owned(async () => action(controller.signal));
    this.#late = call.then(
      () => undefined,
      () => undefined,
    );
    let isLate = false;
    await withTimeLimit(call, limitMs + 100, () => {
      isLate = true;
      return late();
    }).finally(() => {
      clearTimeout(abort);
      if (!isLate) this.#late = undefined;
    });
  }

  /** What the tracker asks for, or ever longer, by up to a fifth more or less: many runs shall not come back at once. */
  #waitAfter(failures: number, error: unknown): number {
    const asked = (error as { retryAfterMs?: unknown } | null)?.retryAfterMs;
    if (typeof asked === "number" && asked >= 0) return Math.min(asked, 600_000);
    const wait = this.#retryMs[Math.min(failures, this.#retryMs.length - 1)]!;
    return wait * (0.8 + 0.4 * Math.random());
  }

  /**
   * People look at how a run begins; later, fewer batches cost less. Trackers of a run wait until the same moments: what
   * one of them read is at hand for the others.
   */
  #gatherMs(): number {
    const ageMs = performance.now() - this.#startedAtMs;
    const gatherMs = Math.min(10_000, 1000 + ageMs / 10);
    return this.settings.gatherMs ?? gatherMs - (ageMs % gatherMs);
  }

  /** Waits; the end of the run cuts the wait short. */
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#outcome ? Math.min(ms, 250) : ms);
      // A run that goes on keeps the process alive itself; when it has ended, only this wait may.
      if (!this.#outcome) timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #tell(problem: string, error: unknown): void {
    if (this.#isToldOf) return;
    this.#isToldOf = true;
    this.#tellFailure(problem, error);
  }

  /** Of what the tracker throws where no call can catch it. Its calls may go well all the same. */
  #tellOfStray(error: unknown): void {
    if (this.#isStrayToldOf || this.#ended) return;
    this.#isStrayToldOf = true;
    this.#tellFailure("threw outside its calls", error);
  }

  #tellFailure(problem: string, error: unknown): void {
    const { name, onFailed } = this.settings;
    const { where, why, fix } = isCodexError(error) ? error : {};
    const reason = error instanceof Error ? error.message : String(error);
    onFailed(
      runErrors.CODEX_TRACKER_FAILED({
        what: `Tracker ${name} ${problem}: ${reason}`,
        where: where ?? `config → tracker.${name}`,
        ...(why === undefined ? {} : { why }),
        // Only a tracker knows whether what it misses can be delivered later: its own fix says so.
        ...(fix === undefined ? {} : { fix }),
        cause: error,
      }),
    );
  }
}

type Call = "open" | "write" | "close";

const problems: { readonly [C in Call]: string } = {
  open: "cannot be opened",
  write: "failed",
  close: "failed to close",
};
