import { readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import type { Json } from "../contracts/json.js";
import { parseJsonObject } from "../plugins/read-json-file.js";
import { quoteArgument } from "../text/quote-argument.js";
import { fromJsonNumber } from "./json-number.js";
import { readTail } from "./read-tail.js";
import { lastRecordMs, ranMs } from "./run-time.js";

/** `crashed`: the file says running, but the process is gone. */
export type RunStatus = "running" | "finished" | "failed" | "interrupted" | "crashed" | "unknown";

/** What a run's folder tells of it. */
export interface RunSummary {
  readonly runId: string;
  readonly folder: string;
  readonly status: RunStatus;
  /** ISO 8601; empty when unknown. */
  readonly startedAt: string;
  readonly endedAt?: string;
  /** Milliseconds that it ran, without the time between an interruption and a resume. Absent when unknown. */
  readonly ranMs?: number;
  readonly command?: string;
  readonly resumedFrom?: string;
  /** Folder of the run that this one repeats. */
  readonly replayOf?: string;
  readonly error?: unknown;
  /** Completed steps that metrics.ndjson knows of. */
  readonly step?: number;
  /** The newest value of each metric. */
  readonly metrics: { readonly [name: string]: number };
  /** Complete checkpoints, oldest first. */
  readonly checkpoints: readonly string[];
}

/** Reads what a run's folder tells; undefined when it is no run's folder. */
export function readRunSummary(folder: string): RunSummary | undefined {
  const facts = readJsonObject(join(folder, "run.json"));
  const checkpoints = listCheckpoints(folder);
  if (!facts && checkpoints.length === 0) return undefined;
  const text = (name: string): string | undefined => {
    const value = facts?.[name];
    return typeof value === "string" ? value : undefined;
  };
  const status = facts ? statusOf(facts) : "unknown";
  const openEndMs = status === "running" ? Date.now() : status === "crashed" ? lastRecordMs(folder) : undefined;
  const { step, ...metrics } = readLastMetrics(join(folder, "metrics.ndjson"));
  return {
    runId: text("runId") ?? basename(folder),
    folder,
    status,
    startedAt: text("startedAt") ?? "",
    endedAt: text("endedAt"),
    ranMs: ranMs(folder, facts ?? {}, openEndMs),
    command: commandOf(facts?.command),
    resumedFrom: text("resumedFrom"),
    replayOf: text("replayOf"),
    error: facts?.error ?? undefined,
    step,
    metrics,
    checkpoints,
  };
}

/** The command as it was typed: the program's own path says nothing. */
function commandOf(argv: unknown): string | undefined {
  if (!Array.isArray(argv)) return undefined;
  const [, script = "", ...words] = argv.map(String);
  const program = /(codex|main)(\.js)?$/.test(script) ? "codex" : script;
  return [program, ...words].map(quoteArgument).join(" ");
}

/** Folders of complete checkpoints (those with a manifest) of a run's folder, oldest first. */
export function listCheckpoints(folder: string): string[] {
  return listFolder(join(folder, "checkpoints"))
    .filter((name) => /^step-\d+$/.test(name))
    .sort((left, right) => Number(left.slice(5)) - Number(right.slice(5)))
    .map((name) => join(folder, "checkpoints", name))
    .filter(isCheckpoint);
}

/** Whether a folder is a complete checkpoint: its manifest is written last. */
export function isCheckpoint(folder: string): boolean {
  return readJsonObject(join(folder, "manifest.json")) !== undefined;
}

/** All runs below a folder, newest first. */
export function listRuns(runsFolder: string): RunSummary[] {
  return listFolder(runsFolder)
    .map((name) => readRunSummary(join(runsFolder, name)))
    .filter((run) => run !== undefined)
    .sort((left, right) => right.startedAt.localeCompare(left.startedAt) || right.runId.localeCompare(left.runId));
}

function statusOf(facts: Record<string, unknown>): RunStatus {
  const { status, pid, host } = facts;
  if (status === "finished" || status === "failed" || status === "interrupted") return status;
  if (status !== "running") return "unknown";
  return host === hostname() && typeof pid === "number" && !isAlive(pid) ? "crashed" : "running";
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The newest value of each metric in the last part of the file. */
function readLastMetrics(path: string): Record<string, number> {
  const values = new Map<string, number>();
  for (const line of readTail(path, 256 * 1024).split("\n")) {
    const row = parseObject(line);
    if (!row) continue;
    for (const [name, value] of Object.entries(row)) {
      if (name === "seq" || name === "timeMs" || name === "source") continue;
      const number = fromJsonNumber(value as Json);
      if (number === undefined) continue;
      // A checkpoint may be measured after the run went on.
      values.set(name, name === "step" ? Math.max(number, values.get(name) ?? 0) : number);
    }
  }
  return Object.fromEntries(values);
}

function readJsonObject(path: string): Record<string, unknown> | undefined {
  try {
    return parseObject(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    return parseJsonObject(text);
  } catch {
    return undefined;
  }
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
