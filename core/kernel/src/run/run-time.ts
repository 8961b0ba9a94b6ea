import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readTail } from "./read-tail.js";

/** What run.json says of a run's time. */
export interface RunTimes {
  readonly startedAt?: unknown;
  /** When it went on, the last time. */
  readonly resumedAt?: unknown;
  readonly endedAt?: unknown;
  /** Milliseconds that it ran before it went on; absent where it did not, and in run.json of older versions. */
  readonly earlierRanMs?: unknown;
}

/**
 * Milliseconds that a run ran: without the time between an interruption, a failure or a kill and the start that went on.
 * Undefined where nothing tells.
 *
 * @param openEndMs when it ended, where run.json does not say: now, or the time of its last record
 */
export function ranMs(folder: string, times: RunTimes, openEndMs: number | undefined): number | undefined {
  const startMs = timeOf(times.resumedAt) ?? timeOf(times.startedAt);
  const endMs = timeOf(times.endedAt) ?? openEndMs;
  const earlierMs = times.resumedAt === undefined ? 0 : (numberOf(times.earlierRanMs) ?? earlierMsOf(folder, times));
  if (startMs === undefined || endMs === undefined || earlierMs === undefined) return undefined;
  return earlierMs + Math.max(0, endMs - startMs);
}

/** When the last row of a run's metrics was measured, milliseconds since the Unix epoch. */
export function lastRecordMs(folder: string): number | undefined {
  const rows = readTail(join(folder, "metrics.ndjson"), 64 * 1024).split("\n");
  // A checkpoint may be measured long after the run, whose rows name their source.
  return timesIn(rows.filter((row) => !row.includes('"source":')).join("\n")).at(-1);
}

/** What events.ndjson tells of the time before the run went on: each start, and each end that was not a kill. */
function earlierMsOf(folder: string, { startedAt, resumedAt }: RunTimes): number | undefined {
  const [fromMs, toMs] = [timeOf(startedAt), timeOf(resumedAt)];
  if (fromMs === undefined || toMs === undefined) return undefined;
  const marks = readText(join(folder, "events.ndjson"))
    .split("\n")
    .flatMap((row) => {
      const event = /"event":"(runStart|runEnd)"/.exec(row)?.[1];
      const [timeMs] = event === undefined ? [] : timesIn(row);
      return timeMs === undefined || timeMs < fromMs || timeMs >= toMs ? [] : [{ event, timeMs }];
    });
  if (!marks.some(({ event }) => event === "runStart")) return undefined;
  let sumMs = 0;
  for (const [index, { event, timeMs }] of marks.entries()) {
    if (event !== "runStart") continue;
    const next = marks[index + 1];
    const endMs = next?.event === "runEnd" ? next.timeMs : lastRecordBetween(folder, timeMs, next?.timeMs ?? toMs);
    sumMs += endMs - timeMs;
  }
  return sumMs;
}

/** The time of the last record before a start that followed a kill; of the killed start itself where there is none. */
function lastRecordBetween(folder: string, fromMs: number, toMs: number): number {
  let lastMs = fromMs;
  for (const name of ["events.ndjson", "metrics.ndjson", "metrics.superseded.ndjson"]) {
    for (const timeMs of timesIn(readText(join(folder, name)))) {
      if (timeMs > lastMs && timeMs < toMs) lastMs = timeMs;
    }
  }
  return lastMs;
}

function timesIn(text: string): readonly number[] {
  return [...text.matchAll(/"timeMs":(\d+)/g)].map(([, digits]) => Number(digits));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function timeOf(value: unknown): number | undefined {
  return typeof value === "string" ? numberOf(Date.parse(value)) : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
