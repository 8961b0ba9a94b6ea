import { type JsonObject, ProtobufWriter, type RunDescription } from "codex-core";
import { jsonText } from "./json-text.js";
import type { Step } from "./step.js";

/** Field of `Record` that each kind of record stands in. */
export const kinds = {
  history: 2,
  summary: 3,
  config: 5,
  files: 6,
  stats: 7,
  outputRaw: 13,
  run: 17,
  exit: 18,
  header: 21,
  environment: 26,
} as const;

/** Writes a record without its number. */
export type WriteRecord = (out: ProtobufWriter) => void;

/** JSON text by the path of its key. */
export type Entry = readonly [path: readonly string[], json: string];

/** What the W&B run is told of itself beside what Codex tells. */
export interface RunLabels {
  readonly id: string;
  readonly project: string;
  readonly group: string;
  readonly entity?: string;
  readonly jobType?: string;
  readonly notes?: string;
  readonly tags: readonly string[];
}

const writer = new ProtobufWriter();

/** The bytes of a record. */
export function recordBytes(write: WriteRecord, number: number): Buffer {
  writer.integer(1, number);
  write(writer);
  return writer.take();
}

export function headerRecord(producer: string): WriteRecord {
  return record(kinds.header, (out) => {
    const version = out.begin(1);
    out.text(1, producer);
    // The oldest client that reads what is written here.
    out.text(2, "0.70.0");
    out.end(version);
  });
}

export function runRecord(run: RunDescription, labels: RunLabels): WriteRecord {
  const { id, project, group, entity, jobType, notes, tags } = labels;
  return record(kinds.run, (out) => {
    out.text(1, id);
    textIfKnown(out, 2, entity);
    out.text(3, project);
    const config = out.begin(4);
    writeEntries(out, configEntries(run));
    out.end(config);
    out.text(6, group);
    textIfKnown(out, 7, jobType);
    out.text(8, run.segment === 1 ? run.name : `${run.name}-${run.segment}`);
    textIfKnown(out, 9, notes);
    for (const tag of tags) out.text(10, tag);
    textIfKnown(out, 13, run.tags.host);
    writeTime(out, 17, run.startedAtMs);
    writeGit(out, 21, run);
  });
}

/** The run's config as it is, a key for each section, and below `tags` what the run is found by. */
export function configEntries(run: RunDescription): readonly Entry[] {
  const sections = Object.entries(run.config).map(([key, value]): Entry => [[key], jsonText(value)]);
  return [...sections, ...tagEntries(run.tags)];
}

export function tagEntries(tags: { readonly [name: string]: string }): readonly Entry[] {
  return Object.entries(tags).map(([name, value]): Entry => [["tags", name], jsonText(value)]);
}

export function environmentRecord(run: RunDescription): WriteRecord {
  const { platform, system, command, cpu, memoryBytes, gpu } = run.environment;
  const [program, ...args] = Array.isArray(command) ? command.map(String) : [];
  const gpus = Array.isArray(gpu) ? gpu.map(objectOf) : [];
  const { count, name } = objectOf(cpu);
  return record(kinds.environment, (out) => {
    out.text(1, [platform, system].filter((word) => typeof word === "string").join(" "));
    writeTime(out, 3, run.startedAtMs);
    for (const word of args) out.text(5, word);
    textIfKnown(out, 6, program);
    writeGit(out, 9, run);
    textIfKnown(out, 12, run.tags.host);
    if (typeof count === "number") {
      out.integer(16, count);
      out.integer(17, count);
    }
    if (gpus.length > 0) {
      out.text(18, String(gpus[0]!.name));
      out.integer(19, gpus.length);
    }
    if (typeof memoryBytes === "number") {
      const memory = out.begin(21);
      out.integer(1, memoryBytes);
      out.end(memory);
    }
    if (typeof name === "string") {
      const processor = out.begin(22);
      out.text(3, name);
      out.end(processor);
    }
  });
}

export function configRecord(entries: readonly Entry[]): WriteRecord {
  return record(kinds.config, (out) => writeEntries(out, entries));
}

/** The last value of each key; with the step that is open, values of that step. */
export function summaryRecord(values: ReadonlyMap<string, string>, open?: Step, startedAtMs = 0): WriteRecord {
  return record(kinds.summary, (out) => {
    writeValues(out, values);
    if (open) writeClock(out, open, startedAtMs);
  });
}

/** What begins the end of a run. */
export function runtimeRecord(seconds: number): WriteRecord {
  return record(kinds.summary, (out) => writeEntries(out, [[["_wandb", "runtime"], jsonText(seconds)]]));
}

export function historyRecord(step: Step, startedAtMs: number): WriteRecord {
  return record(kinds.history, (out) => {
    writeValues(out, step.values);
    writeClock(out, step, startedAtMs);
    const number = out.begin(2);
    out.integer(1, step.step);
    out.end(number);
  });
}

/** Measures of the machine, which W&B shows by time alone. */
export function statsRecord(timeMs: number, values: ReadonlyMap<string, number>): WriteRecord {
  return record(kinds.stats, (out) => {
    writeTime(out, 2, timeMs);
    for (const [key, value] of values) {
      const item = out.begin(3);
      out.text(1, key);
      out.text(16, jsonText(value));
      out.end(item);
    }
  });
}

/** Names files below the run's `files/` that are to be uploaded. */
export function filesRecord(paths: readonly string[]): WriteRecord {
  return record(kinds.files, (out) => {
    for (const path of paths) {
      const file = out.begin(1);
      out.text(1, path);
      out.end(file);
    }
  });
}

export function outputRecord(timeMs: number, line: string): WriteRecord {
  const standardOutput = 1;
  return record(kinds.outputRaw, (out) => {
    out.integer(1, standardOutput);
    writeTime(out, 2, timeMs);
    out.text(3, `${line}\n`);
  });
}

export function exitRecord(exitCode: number, runtimeSeconds: number): WriteRecord {
  return record(kinds.exit, (out) => {
    out.integer(1, exitCode);
    out.integer(2, runtimeSeconds);
  });
}

function record(kind: number, write: WriteRecord): WriteRecord {
  return (out) => {
    const from = out.begin(kind);
    write(out);
    out.end(from);
  };
}

function writeEntries(out: ProtobufWriter, entries: readonly Entry[]): void {
  for (const [path, json] of entries) {
    const item = out.begin(1);
    for (const part of path) out.text(2, part);
    out.text(16, json);
    out.end(item);
  }
}

function writeValues(out: ProtobufWriter, values: ReadonlyMap<string, string>): void {
  for (const [key, json] of values) writeValue(out, key, json);
}

/** What W&B wants to know of a step beside its values. */
function writeClock(out: ProtobufWriter, { step, timeMs }: Step, startedAtMs: number): void {
  writeValue(out, "_step", jsonText(step));
  writeValue(out, "_timestamp", jsonText(timeMs / 1000));
  writeValue(out, "_runtime", jsonText(Math.max(0, timeMs - startedAtMs) / 1000));
}

function writeValue(out: ProtobufWriter, key: string, json: string): void {
  const item = out.begin(1);
  out.text(2, key);
  out.text(16, json);
  out.end(item);
}

function writeTime(out: ProtobufWriter, field: number, timeMs: number): void {
  const whole = Math.max(0, Math.round(timeMs));
  const time = out.begin(field);
  out.integer(1, Math.floor(whole / 1000));
  out.integer(2, (whole % 1000) * 1_000_000);
  out.end(time);
}

function writeGit(out: ProtobufWriter, field: number, { environment }: RunDescription): void {
  const { commit } = objectOf(environment.git);
  if (typeof commit !== "string") return;
  const git = out.begin(field);
  out.text(2, commit);
  out.end(git);
}

function textIfKnown(out: ProtobufWriter, field: number, value: string | undefined): void {
  if (value !== undefined) out.text(field, value);
}

function objectOf(value: unknown): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
