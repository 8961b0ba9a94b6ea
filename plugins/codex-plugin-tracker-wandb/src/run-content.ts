import { ProtobufMessage } from "codex-core";
import type { FramedRecord } from "./framing.js";
import { kinds } from "./records.js";
import { type Step, withValues } from "./step.js";

/** Of which steps and times it is asked what is there. */
export interface Interest {
  readonly steps: ReadonlySet<number>;
  readonly timesMs: ReadonlySet<number>;
}

const nothing: Interest = { steps: new Set(), timesMs: new Set() };

/** What the records of a run's file tell, up to where it was closed. */
export class RunContent {
  /** Number of the newest record. */
  number = 0;
  /** Bytes of the file up to there. */
  end = 0;
  hasRun = false;
  open: Step | undefined;
  readonly config = new Map<string, string>();
  readonly files = new Set<string>();
  /** Time of the newest line of the output log, and how many lines have it. */
  logged = { timeMs: 0, count: 0 };
  readonly steps = new Map<number, Map<string, string>>();
  /** Keys of measures of the machine by time. */
  readonly stats = new Map<number, Set<string>>();

  static async read(
    records: AsyncIterable<readonly FramedRecord[]>,
    interest: Interest = nothing,
  ): Promise<RunContent> {
    const content = new RunContent();
    for await (const together of records) {
      for (const { data, end } of together) {
        const record = new ProtobufMessage(data);
        if (isClosing(record)) return content;
        content.add(record, interest);
        content.number = record.integer(1);
        content.end = end;
      }
    }
    return content;
  }

  private add(record: ProtobufMessage, interest: Interest): void {
    for (const history of record.messages(kinds.history)) this.addHistory(history, interest);
    for (const summary of record.messages(kinds.summary)) this.addSummary(summary, interest);
    for (const stats of record.messages(kinds.stats)) this.addStats(stats, interest);
    for (const output of record.messages(kinds.outputRaw)) {
      const timeMs = timeOf(output, 2);
      this.logged = { timeMs, count: timeMs === this.logged.timeMs ? this.logged.count + 1 : 1 };
    }
    for (const files of record.messages(kinds.files)) {
      for (const file of files.messages(1)) this.files.add(file.text(1));
    }
    for (const config of record.messages(kinds.config)) this.addConfig(config);
    for (const run of record.messages(kinds.run)) {
      this.hasRun = true;
      for (const config of run.messages(4)) this.addConfig(config);
    }
  }

  private addStats(stats: ProtobufMessage, interest: Interest): void {
    if (interest.timesMs.size === 0) return;
    const timeMs = timeOf(stats, 2);
    if (!interest.timesMs.has(timeMs)) return;
    const keys = this.stats.get(timeMs) ?? new Set();
    for (const item of stats.messages(3)) keys.add(item.text(1));
    this.stats.set(timeMs, keys);
  }

  private addConfig(config: ProtobufMessage): void {
    for (const item of config.messages(1)) this.config.set(pathKey(item.texts(2)), item.text(16));
  }

  private addHistory(history: ProtobufMessage, interest: Interest): void {
    const step = history.messages(2)[0]?.integer(1) ?? 0;
    if (this.open?.step === step) this.open = undefined;
    if (interest.steps.has(step)) this.addStep(step, valuesOf(history));
  }

  /** The summary has a `_step` where its values are those of the open step. */
  private addSummary(summary: ProtobufMessage, interest: Interest): void {
    const values = valuesOf(summary);
    const step = values.get("_step");
    if (step === undefined) return;
    const added = { step: Number(step), timeMs: Math.round(Number(values.get("_timestamp")) * 1000), values };
    for (const key of ["_step", "_timestamp", "_runtime"]) values.delete(key);
    this.open = this.open?.step === added.step ? withValues(this.open, added) : added;
    if (interest.steps.has(added.step)) this.addStep(added.step, values);
  }

  private addStep(step: number, values: ReadonlyMap<string, string>): void {
    this.steps.set(step, new Map([...(this.steps.get(step) ?? []), ...values]));
  }
}

/** A path as one text. */
export function pathKey(path: readonly string[]): string {
  return JSON.stringify(path);
}

/** What is written when a run is closed begins with a summary of how long it took. */
function isClosing(record: ProtobufMessage): boolean {
  const path = record.messages(kinds.summary)[0]?.messages(1)[0]?.texts(2);
  return path?.[0] === "_wandb";
}

function valuesOf(record: ProtobufMessage): Map<string, string> {
  return new Map(record.messages(1).map((item) => [item.text(2), item.text(16)]));
}

function timeOf(record: ProtobufMessage, field: number): number {
  const time = record.messages(field)[0];
  return time ? time.integer(1) * 1000 + Math.round(time.integer(2) / 1_000_000) : 0;
}
