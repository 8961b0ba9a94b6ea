import { formatCount, formatDuration, formatLoss, formatWhole } from "../../text/quantity.js";

/** What a line of progress tells. */
export interface ProgressState {
  /** Completed steps. */
  readonly step: number;
  readonly maxSteps: number;
  /** Mean nats per token of the last step. */
  readonly loss?: number;
  readonly evalLoss?: number;
  readonly tokensPerSecond?: number;
  readonly remainingMs?: number;
}

const barLength = 20;

/**
 * One line of progress. With `columns`, a bar goes in front where there is room, and what does not fit is left out,
 * the least telling first.
 */
export function formatProgressLine(state: ProgressState, columns?: number): string {
  const total = formatWhole(state.maxSteps);
  const parts = [`step ${formatWhole(state.step).padStart(total.length)}/${total}`];
  if (state.loss !== undefined) parts.push(`loss ${formatLoss(state.loss)}`);
  if (state.remainingMs !== undefined) parts.push(`${formatDuration(state.remainingMs)} left`);
  if (state.tokensPerSecond !== undefined) parts.push(`${formatCount(state.tokensPerSecond)} tokens/s`);
  if (state.evalLoss !== undefined) parts.push(`eval loss ${formatLoss(state.evalLoss)}`);
  if (columns === undefined) return parts.join("  ");
  const width = columns - 1;
  while (parts.length > 1 && parts.join("  ").length > width) parts.pop();
  const line = parts.join("  ");
  return line.length + barLength + 2 <= width
    ? `${formatBar(state.step, state.maxSteps)}  ${line}`
    : line.slice(0, width);
}

function formatBar(step: number, maxSteps: number): string {
  const share = maxSteps > 0 ? Math.min(1, Math.max(0, step / maxSteps)) : 0;
  const filled = Math.round(share * barLength);
  return "━".repeat(filled) + "╌".repeat(barLength - filled);
}
