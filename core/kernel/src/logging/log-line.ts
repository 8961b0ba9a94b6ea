import type { Json, Named } from "../contracts/json.js";
import type { Logger } from "../contracts/logger.js";

export type LogLevel = keyof Logger;

/** Levels, the gravest first. */
export const logLevels: readonly LogLevel[] = ["error", "warn", "info", "debug"];

/** One line of a log. Its fields are plain data, without secrets. */
export interface LogLine {
  /** Milliseconds since the Unix epoch. */
  readonly timeMs: number;
  readonly level: LogLevel;
  /** The part that speaks, by its label: `trainer`, `tracker.mlflow`; `kernel` for what is no part. */
  readonly component: string;
  readonly message: string;
  readonly runId?: string;
  /** Completed steps of the run. */
  readonly step?: number;
  readonly fields: Named<Json>;
}

/**
 * A line as JSON: `{ time, level, component, runId, step, message, …fields }`. A field that is named like one of these
 * gets an underscore in front.
 */
export function jsonLine({ timeMs, level, component, runId, step, message, fields }: LogLine): string {
  const line: Record<string, Json> = {
    time: new Date(timeMs).toISOString(),
    level,
    component,
    ...(runId === undefined ? {} : { runId }),
    ...(step === undefined ? {} : { step }),
    message,
  };
  const own = new Set(["time", "level", "component", "runId", "step", "message"]);
  for (const [name, value] of Object.entries(fields)) line[own.has(name) ? `_${name}` : name] = value;
  return JSON.stringify(line);
}

/** A line for people: `14:03:22 warn  trainer  step 120  A step was skipped.  reason="loss is NaN"`. */
export function humanLine({ timeMs, level, component, runId, step, message, fields }: LogLine): string {
  const time = new Date(timeMs).toTimeString().slice(0, 8);
  const values = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const at = step === undefined ? [] : [`step ${step}`];
  const of = runId === undefined ? [] : [`run=${runId}`];
  const parts = [`${time} ${level.padEnd(5)}`, component, ...at, message, ...values, ...of];
  return onOneLine(parts.join("  "));
}

/** What a component says as one sentence, for who reads no log: `tracker.mlflow: A name is left out (key="a/b")`. */
export function sentenceLine(component: string, { message, fields }: Pick<LogLine, "message" | "fields">): string {
  const values = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return onOneLine(`${component}: ${message}${values.length > 0 ? ` (${values.join(", ")})` : ""}`);
}

/** Control characters, which could forge lines or move a terminal's cursor, as JSON writes them. */
function onOneLine(text: string): string {
  return text.replace(/\p{Cc}|[\u2028\u2029]/gu, (control) => {
    const escaped = JSON.stringify(control).slice(1, -1);
    return escaped === control ? `\\u${control.codePointAt(0)!.toString(16).padStart(4, "0")}` : escaped;
  });
}
