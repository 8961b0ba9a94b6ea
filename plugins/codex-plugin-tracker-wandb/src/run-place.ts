import { createHash } from "node:crypto";
import type { RunDescription } from "codex-core";

/** A run's id at W&B: 8 characters of base 36 that follow from what Codex calls it. */
export function wandbId(name: string): string {
  const number = createHash("sha256").update(name).digest().readBigUInt64BE();
  return number.toString(36).padStart(8, "0").slice(-8);
}

/** The folder's name, in local time as W&B has it. */
export function runFolderName(id: string, startedAtMs: number): string {
  const date = new Date(startedAtMs);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `offline-run-${day}_${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}-${id}`;
}

/** The id that a run's segments have in common. */
export function firstRunId({ runId, segment }: RunDescription): string {
  const end = `-${segment}`;
  return segment > 1 && runId.endsWith(end) ? runId.slice(0, -end.length) : runId;
}
