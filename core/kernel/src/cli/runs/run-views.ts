import { basename } from "node:path";
import { listRuns, type RunSummary } from "../../run/run-summary.js";
import { formatBytes, formatDuration, formatLoss, formatMetric, formatWhole } from "../../text/quantity.js";
import { quoteArgument } from "../../text/quote-argument.js";
import { renderFacts, renderTable } from "../../text/text-table.js";
import { printable } from "../printable.js";

/** The runs below a folder, newest first; without those that failed before their first step, unless all are asked for. */
export function listRunsAnswer(folder: string, all: boolean): RunList {
  const found = listRuns(folder);
  const runs = all ? found : found.filter((run) => run.status !== "failed" || hasTrained(run));
  return { runs, leftOut: found.length - runs.length };
}

export interface RunList {
  readonly runs: readonly RunSummary[];
  /** How many runs failed before their first step. */
  readonly leftOut: number;
}

function hasTrained({ step, checkpoints }: RunSummary): boolean {
  return (step ?? 0) > 0 || checkpoints.length > 0;
}

/** `codex runs list` for a person; with the names of folders, where some are not the runId. */
export function renderRuns({ runs, leftOut }: RunList, folder: string): string {
  const hidden = `${leftOut} ${leftOut === 1 ? "run" : "runs"} failed before the first step: --all lists them too.\n`;
  if (runs.length === 0 && leftOut > 0) return hidden;
  if (runs.length === 0) return `No runs in ${folder}. Train one: codex train --config quickstart\n`;
  const named = runs.some(hasOwnName);
  const rows = runs.map((run) => [
    printable(run.replayOf ? `${run.runId} (replay)` : run.runId),
    run.status,
    run.step === undefined ? "" : formatWhole(run.step),
    lossOf(run, "train/loss"),
    lossOf(run, "eval/loss"),
    duration(run),
    localTime(run.startedAt),
    ...(named ? [hasOwnName(run) ? printable(basename(run.folder)) : ""] : []),
  ]);
  const heading = ["run", "status", "step", "loss", "eval loss", "took", "started", ...(named ? ["folder"] : [])];
  const table = renderTable([heading, ...rows]);
  return leftOut > 0 ? `${table}\n${hidden}` : table;
}

function hasOwnName({ folder, runId }: RunSummary): boolean {
  return basename(folder) !== runId;
}

/** `codex runs show` for a person. */
export function renderRun(run: RunSummary, showPath: (path: string) => string): string {
  const facts: [string, string][] = [
    ["run", run.runId],
    ["folder", showPath(run.folder)],
    ["status", run.status],
    ["started", localTime(run.startedAt)],
    ["took", duration(run)],
    ["command", run.command ?? ""],
    ["resumed from", run.resumedFrom ? showPath(run.resumedFrom) : ""],
    ["replay of", run.replayOf ? showPath(run.replayOf) : ""],
    ["step", run.step === undefined ? "" : formatWhole(run.step)],
    ["error", errorText(run.error)],
  ];
  const metrics = Object.entries(run.metrics)
    .sort(([left], [right]) => Number(isOfMachine(left)) - Number(isOfMachine(right)))
    .map(([name, value]): [string, string] => [
      printable(name),
      name.endsWith("Bytes") ? formatBytes(value) : formatMetric(value),
    ]);
  const known = facts
    .filter(([, value]) => value !== "")
    .map(([name, value]): [string, string] => [name, printable(value)]);
  const parts = [renderFacts(known)];
  if (metrics.length > 0) parts.push(`\nnewest metrics\n${renderFacts(metrics, "  ")}`);
  const newest = run.checkpoints.at(-1);
  if (newest) {
    const names = run.checkpoints.map((path) => `  ${basename(path)}\n`).join("");
    parts.push(
      `\ncheckpoints\n${names}\nTry it: npx codex generate ${quoteArgument(showPath(run.folder))} --prompt "Once"\n`,
    );
  }
  return parts.join("");
}

/** The machine's own metrics come after those of the training. */
function isOfMachine(metric: string): boolean {
  return metric.startsWith("system/");
}

function lossOf(run: RunSummary, name: string): string {
  const value = run.metrics[name];
  return value === undefined ? "" : formatLoss(value);
}

function duration({ ranMs }: RunSummary): string {
  return ranMs === undefined ? "" : formatDuration(ranMs);
}

/** `2026-05-04 09:30`, in the time of this machine. */
export function localTime(iso: string): string {
  const date = new Date(iso);
  if (!iso || Number.isNaN(date.getTime())) return "";
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

function errorText(error: unknown): string {
  if (error === undefined || error === null) return "";
  if (typeof error === "string") return error;
  const { code, what } = error as { code?: unknown; what?: unknown };
  return typeof code === "string" && typeof what === "string" ? `${code}: ${what}` : JSON.stringify(error);
}
