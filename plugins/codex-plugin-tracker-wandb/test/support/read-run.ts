import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { RunDescription } from "codex-core";
import { ProtobufMessage } from "codex-core";
import type { ReadMetric } from "codex-core/testing";
import { type FramedRecord, readRecords } from "../../src/framing.js";
import { kinds } from "../../src/records.js";
import { wandbId } from "../../src/run-place.js";

/** A history line as W&B's sync reads it. */
export interface HistoryLine {
  readonly step: number;
  readonly values: { readonly [key: string]: string };
}

/** What a reader of a run's file finds in it, record by record. */
export interface ReadRun {
  readonly numbers: readonly number[];
  /** Names of the records in order. */
  readonly kinds: readonly string[];
  readonly history: readonly HistoryLine[];
  /** The last value of each key, by its path. */
  readonly summary: { readonly [path: string]: string };
  readonly config: { readonly [path: string]: string };
  readonly stats: readonly { readonly [key: string]: string }[];
  readonly files: readonly string[];
  readonly output: readonly string[];
  readonly run: ProtobufMessage | undefined;
  readonly exit: ProtobufMessage | undefined;
}

export function runFolder(wandbFolder: string, id: string): string {
  const name = readdirSync(wandbFolder).find((entry) => entry.endsWith(`-${id}`));
  if (name === undefined) throw new Error(`no run ${id} in ${wandbFolder}`);
  return join(wandbFolder, name);
}

export function runFile(wandbFolder: string, id: string): string {
  return join(runFolder(wandbFolder, id), `run-${id}.wandb`);
}

export async function readRun(path: string): Promise<ReadRun> {
  const read: Mutable<ReadRun> = {
    numbers: [],
    kinds: [],
    history: [],
    summary: {},
    config: {},
    stats: [],
    files: [],
    output: [],
    run: undefined,
    exit: undefined,
  };
  const records: FramedRecord[] = [];
  for await (const together of readRecords(path)) records.push(...together);
  for (const { data } of records) {
    const record = new ProtobufMessage(data);
    read.numbers.push(record.integer(1));
    const [kind, field] = Object.entries(kinds).find(([, number]) => record.has(number))!;
    read.kinds.push(kind);
    const content = record.messages(field)[0]!;
    if (kind === "history") read.history.push({ step: content.messages(2)[0]!.integer(1), values: itemsOf(content) });
    if (kind === "summary") Object.assign(read.summary, itemsOf(content));
    if (kind === "config") Object.assign(read.config, itemsOf(content));
    if (kind === "stats") read.stats.push(itemsOf(content, 3, 1));
    if (kind === "files") read.files.push(...content.messages(1).map((file) => file.text(1)));
    if (kind === "outputRaw") read.output.push(content.text(3));
    if (kind === "run") {
      read.run = content;
      Object.assign(read.config, itemsOf(content.messages(4)[0]!));
    }
    if (kind === "exit") read.exit = content;
  }
  return read;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

function itemsOf(message: ProtobufMessage, itemField = 1, keyField = 2): { [path: string]: string } {
  return Object.fromEntries(message.messages(itemField).map((item) => [item.texts(keyField).join("."), item.text(16)]));
}

/** What W&B shows of a run's metrics. */
export async function readMetrics(wandbFolder: string, { runId }: RunDescription): Promise<readonly ReadMetric[]> {
  const { history } = await readRun(runFile(wandbFolder, wandbId(runId)));
  return history.flatMap(({ step, values }) =>
    Object.entries(values)
      .filter(([key, json]) => !key.startsWith("_") && !json.startsWith("{"))
      .map(([key, json]) => ({ key, step, value: Number(json) })),
  );
}
