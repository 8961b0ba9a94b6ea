import { formatCount, formatDuration, formatLoss, formatWhole } from "../../text/quantity.js";
import { fitLine } from "../live-line.js";

/** What a line of progress tells. */
export interface ProgressState {
  /** Completed steps. */
  readonly step: number;
  readonly maxSteps: number;
  /** Mean nats per token of the last step. */
  readonly loss?: number;
  /** The newest evaluation: its step, and its mean nats per token. */
  readonly evaluated?: { readonly step: number; readonly loss: number };
  readonly tokensPerSecond?: number;
  readonly remainingMs?: number;
}

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
  if (state.evaluated !== undefined) {
    const { step, loss } = state.evaluated;
    const when = step === state.step ? "" : ` at step ${formatWhole(step)}`;
    parts.push(`eval loss ${formatLoss(loss)}${when}`);
  }
  return fitLine(parts, state.maxSteps > 0 ? state.step / state.maxSteps : 0, columns);
}
