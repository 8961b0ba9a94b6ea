import { open } from "node:fs/promises";

/** Where the reading of a run's log stands. */
export interface LogPosition {
  /** Bytes that were read. */
  readonly offset: number;
  /** Lines up to this time are known; of those of the time itself only the first `count`. */
  readonly timeMs: number;
  readonly count: number;
}

export interface LogLine {
  readonly timeMs: number;
  readonly text: string;
}

const maxBytes = 1 << 20;

/** Reads what came to a run's `log.ndjson`, at most a megabyte; nothing where there is none. */
export async function readLog(
  path: string,
  position: LogPosition,
): Promise<{ lines: LogLine[]; position: LogPosition }> {
  const file = await open(path, "r").catch(() => undefined);
  if (!file) return { lines: [], position };
  try {
    const { size } = await file.stat();
    // A file that is shorter than it was has begun anew.
    const from = size < position.offset ? 0 : position.offset;
    const buffer = Buffer.alloc(Math.min(size - from, maxBytes));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
    const whole = buffer.subarray(0, bytesRead).lastIndexOf(10) + 1;
    // A line that fits nowhere is left out, or it would hold up all that follow.
    const passed = whole === 0 && bytesRead === maxBytes ? bytesRead : whole;
    let { count } = position;
    const lines = buffer
      .toString("utf8", 0, whole)
      .split("\n")
      .map(readLine)
      .filter((line) => line !== undefined)
      .filter((line) => line.timeMs > position.timeMs || (line.timeMs === position.timeMs && --count < 0));
    return { lines, position: { offset: from + passed, timeMs: position.timeMs, count: Math.max(0, count) } };
  } finally {
    await file.close();
  }
}

/** A line of the log as a person reads it. The run's id, which is the same on each, is left out. */
function readLine(line: string): LogLine | undefined {
  try {
    const { time, level, component, runId, step, message, ...fields } = JSON.parse(line) as { [name: string]: unknown };
    const timeMs = Date.parse(String(time));
    if (Number.isNaN(timeMs)) return undefined;
    const at = step === undefined ? undefined : `step ${step}`;
    const rest = Object.keys(fields).length > 0 ? JSON.stringify(fields) : undefined;
    const words = [time, level, component, at, message, rest].filter((word) => word !== undefined);
    return { timeMs, text: words.join(" ") };
  } catch {
    return undefined;
  }
}
