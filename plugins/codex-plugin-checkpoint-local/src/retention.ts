import type { SavedCheckpoint } from "codex-core";
import type { LocalCheckpointOptions } from "./options.js";

/**
 * The checkpoints that may go: neither among the newest `keepLast` nor among the best `keepBest`. The newest is
 * always kept. A checkpoint whose monitored metric is missing, NaN or infinite is never among the best; of two equal
 * ones the earlier is better.
 */
export function prunable(
  checkpoints: readonly SavedCheckpoint[],
  options: Pick<LocalCheckpointOptions, "keepLast" | "keepBest" | "monitor" | "monitorMode">,
): readonly SavedCheckpoint[] {
  const oldestFirst = [...checkpoints].sort((a, b) => a.step - b.step);
  const sign = options.monitorMode === "min" ? 1 : -1;
  const value = (checkpoint: SavedCheckpoint) => checkpoint.metrics[options.monitor] ?? Number.NaN;
  const bestFirst = oldestFirst
    .filter((checkpoint) => Number.isFinite(value(checkpoint)))
    .sort((a, b) => sign * (value(a) - value(b)) || a.step - b.step);
  const kept = new Set([...oldestFirst.slice(-Math.max(1, options.keepLast)), ...bestFirst.slice(0, options.keepBest)]);
  return oldestFirst.filter((checkpoint) => !kept.has(checkpoint));
}
