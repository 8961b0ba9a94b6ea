import { open } from "node:fs/promises";
import { basename, join } from "node:path";
import { cliErrors } from "../../errors/cli-errors.js";
import { ingestErrors } from "../../errors/ingest-errors.js";
import { isIntervalMetric } from "../../evaluation/interval-metrics.js";
import { completeLines } from "../../ingest/complete-lines.js";
import { parseRow } from "../../ingest/metrics-rows.js";
import { nearestName } from "../../plugins/nearest-name.js";
import { fromJsonNumber } from "../../run/json-number.js";
import type { RunStatus, RunSummary } from "../../run/run-summary.js";
import { formatMetric, formatThings, formatWhole } from "../../text/quantity.js";
import { renderTable } from "../../text/text-table.js";
import { printable } from "../printable.js";
import { localTime } from "./run-views.js";

/** How runs are ranked. */
export interface TopSettings {
  readonly metric: string;
  /** Whether small values or large ones come first. */
  readonly mode: "min" | "max";
  /** The value that counts of a run: its best, or that of its last row with the metric. */
  readonly by: "best" | "last";
  readonly limit: number;
}

/** A run and its value. */
export interface RankedRun {
  readonly runId: string;
  readonly folder: string;
  readonly status: RunStatus;
  readonly startedAt: string;
  /** The step that the value is of. */
  readonly step: number;
  /** `"NaN"` and `"Infinity"` as text, where JSON has no number. */
  readonly value: number | string;
}

/** The runs with the best values, best first. */
export interface TopRuns extends TopSettings {
  readonly runs: readonly RankedRun[];
  /** Runs with the metric, shown or not. */
  readonly ranked: number;
  /** Runs that never had the metric. */
  readonly without: number;
}

/**
 * Ranks runs by a metric. NaN is worse than any number, so that it is a run's best only where it has nothing else;
 * infinities are ordered as numbers are. Of equal values the earliest step counts, of equal runs the newest comes first.
 *
 * @param runs newest first
 * @throws CODEX_RUN_NOT_FOUND where there is no run at all
 * @throws CODEX_RUNS_NO_METRIC
 */
export async function topRuns(runs: readonly RunSummary[], settings: TopSettings, where: string): Promise<TopRuns> {
  if (runs.length === 0) {
    const fix = "Train one first: codex train --config quickstart. Runs of another folder: --folder.";
    throw cliErrors.CODEX_RUN_NOT_FOUND({ what: "There is no run to rank.", where, fix });
  }
  const found: { readonly run: RunSummary; readonly point: Point }[] = [];
  for (const run of runs) {
    const point = await pointOf(join(run.folder, "metrics.ndjson"), settings);
    if (point) found.push({ run, point });
  }
  if (found.length === 0) throw noMetric(runs, settings.metric, where);
  const better = betterThan(settings.mode);
  found.sort((a, b) => Number(better(b.point.value, a.point.value)) - Number(better(a.point.value, b.point.value)));
  const shown = found.slice(0, settings.limit).map(({ run, point }) => {
    const { runId, folder, status, startedAt } = run;
    const value = Number.isFinite(point.value) ? point.value : String(point.value);
    return { runId, folder, status, startedAt, step: point.step, value };
  });
  return { ...settings, runs: shown, ranked: found.length, without: runs.length - found.length };
}

interface Point {
  readonly step: number;
  readonly value: number;
}

function betterThan(mode: TopSettings["mode"]): (value: number, other: number) => boolean {
  return (value, other) => {
    if (Number.isNaN(value) || Number.isNaN(other)) return !Number.isNaN(value) && Number.isNaN(other);
    return mode === "min" ? value < other : value > other;
  };
}

/** The point of a run that counts; undefined when it has none. Lines without the metric's name are not parsed. */
async function pointOf(path: string, { metric, mode, by }: TopSettings): Promise<Point | undefined> {
  const better = betterThan(mode);
  const name = JSON.stringify(metric);
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  let best: Point | undefined;
  try {
    for await (const { lines } of file ? completeLines(file) : []) {
      for (const line of lines) {
        const row = line.includes(name) ? parseRow(line) : undefined;
        const value = row && Object.hasOwn(row, metric) ? fromJsonNumber(row[metric]) : undefined;
        if (value === undefined || typeof row?.step !== "number") continue;
        if (by === "last" || !best || better(value, best.value)) best = { step: row.step, value };
      }
    }
  } finally {
    await file?.close();
  }
  return best;
}

function noMetric(runs: readonly RunSummary[], metric: string, where: string): Error {
  const known = new Set(runs.flatMap((run) => Object.keys(run.metrics)));
  // An interval's ends rank no run.
  const names = [...known].filter((name) => !isIntervalMetric(name, known)).sort();
  const near = nearestName(metric, names);
  return ingestErrors.CODEX_RUNS_NO_METRIC({
    what: `None of ${formatThings(runs.length, "run")} has the metric ${metric}.`,
    where,
    ...(names.length > 0 ? { why: `Their newest rows have ${names.join(", ")}.` } : {}),
    ...(near === undefined ? {} : { fix: `Did you mean ${near}?` }),
  });
}

/** `codex runs top` for a person; with the names of folders, where some are not the runId. */
export function renderTopRuns({ metric, mode, by, runs, ranked, without }: TopRuns): string {
  const named = runs.some(({ folder, runId }) => basename(folder) !== runId);
  const rows = runs.map((run, index) => [
    String(index + 1),
    typeof run.value === "number" ? formatMetric(run.value) : run.value,
    formatWhole(run.step),
    printable(run.runId),
    run.status,
    localTime(run.startedAt),
    ...(named ? [printable(basename(run.folder))] : []),
  ]);
  const heading = ["", printable(metric), "step", "run", "status", "started", ...(named ? ["folder"] : [])];
  const order = `${mode === "min" ? "Lowest" : "Highest"} first, by each run's ${by} value.`;
  const more = ranked > runs.length ? ` ${formatThings(ranked - runs.length, "further run")}: --limit shows more.` : "";
  const others = without > 0 ? ` ${formatThings(without, "run")} without this metric.` : "";
  return `${renderTable([heading, ...rows])}\n${order}${more}${others}\n`;
}
