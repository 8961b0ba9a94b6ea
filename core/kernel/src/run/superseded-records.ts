import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TrackerRecord } from "../contracts/tracker.js";
import { type DeliveryState, isWithin } from "./delivery-state.js";
import { parseNdjson } from "./ndjson-file.js";
import { toRecord } from "./record-row.js";

/** Records of steps that were trained again after a resume, for all who ask: they are read once. */
export class SupersededRecords {
  #reading: Promise<readonly TrackerRecord[]> | undefined;

  constructor(readonly folder: string) {}

  /** Oldest first. */
  all(): Promise<readonly TrackerRecord[]> {
    this.#reading ??= readSuperseded(this.folder);
    return this.#reading;
  }
}

async function readSuperseded(folder: string): Promise<readonly TrackerRecord[]> {
  const names = ["metrics.superseded.ndjson", "events.superseded.ndjson"];
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8").catch(() => "")));
  return texts
    .flatMap(parseNdjson)
    .map(toRecord)
    .filter((record) => record !== undefined)
    .sort((left, right) => left.sequence - right.sequence);
}

/** Keys and steps, such as a reader shall have once. */
export class KeySteps {
  readonly #known = new Set<string>();

  constructor(records: readonly TrackerRecord[] = []) {
    for (const record of records) this.add(record);
  }

  get isEmpty(): boolean {
    return this.#known.size === 0;
  }

  add(record: TrackerRecord): void {
    for (const key of keysOf(record)) this.#known.add(key);
  }

  /** What of a record is not known; undefined where all of it is. */
  newOf(record: TrackerRecord): TrackerRecord | undefined {
    const keys = keysOf(record);
    if (!keys.some((key) => this.#known.has(key))) return record;
    if (record.kind !== "metrics") return undefined;
    const fresh = Object.entries(record.metrics).filter((_, index) => !this.#known.has(keys[index]!));
    return fresh.length === 0 ? undefined : { ...record, metrics: Object.freeze(Object.fromEntries(fresh)) };
  }
}

/** What a tracker has of the steps that are trained again; what may have arrived is not among it. */
export function deliveredOf(superseded: readonly TrackerRecord[], { settled }: DeliveryState): KeySteps {
  return new KeySteps(superseded.filter(({ sequence }) => isWithin(settled, sequence)));
}

/** Of several tellings of a step, the last. */
export function lastTold(records: readonly TrackerRecord[]): readonly TrackerRecord[] {
  const later = new KeySteps();
  const told: TrackerRecord[] = [];
  for (const record of records.toReversed()) {
    const fresh = later.newOf(record);
    if (fresh) told.push(fresh);
    later.add(record);
  }
  return told.reverse();
}

function keysOf(record: TrackerRecord): readonly string[] {
  const { kind, step } = record;
  const key = (name: string) => `${step} ${kind} ${name}`;
  if (kind === "metrics") return Object.keys(record.metrics).map(key);
  if (kind === "sample") return [key(record.prompt)];
  if (kind === "artifact") return [key(record.name)];
  if (kind === "params") return [key(JSON.stringify(record.params))];
  if (kind === "tags") return [key(JSON.stringify(record.tags))];
  return [key(record.key)];
}
