import type { EvaluationReport, StepReport } from "../../contracts/callback.js";
import type { Sample } from "../../contracts/trainer.js";
import type { RunObserver, RunStart, SkippedPart } from "../../run/run-observer.js";
import { formatCount, formatLoss, formatWhole } from "../../text/quantity.js";
import { LiveLine } from "../live-line.js";
import type { OutputStream } from "../terminal.js";
import { formatProgressLine, type ProgressState } from "./progress-line.js";
import { renderHeader } from "./run-header.js";

/** How progress is shown. */
export interface ProgressSettings {
  readonly stream: OutputStream;
  /** Takes what must not be missed. */
  readonly warnings: OutputStream;
  /** Errors of parts are told all the same. */
  readonly withoutWarnings?: boolean;
  /** A path as it is shown. */
  showPath(path: string): string;
  /** Milliseconds between lines where nobody watches. */
  readonly plainIntervalMs?: number;
  readonly now?: () => number;
}

/** The progress of one training; the last sample is kept for the end. */
export interface TrainProgress extends RunObserver {
  readonly lastSample: Sample | undefined;
  /** Tells what takes its time now; on a terminal only, and until something else is shown. */
  note(text: string): void;
  /** Takes the live line away, before something else is printed. */
  clear(): void;
}

const verbs = { activate: "load", create: "start", run: "work" } as const;

/**
 * Shows training as it goes: on a terminal one line that is redrawn, elsewhere a line every ten seconds; a line that
 * stays for each evaluation.
 */
export function createTrainProgress(settings: ProgressSettings): TrainProgress {
  const { stream, now = Date.now, plainIntervalMs } = settings;
  const line = new LiveLine(stream, { plainIntervalMs, now });
  let state: ProgressState = { step: 0, maxSteps: 0 };
  let start: { readonly step: number; readonly atMs: number } | undefined;
  let lastSample: Sample | undefined;

  const show = (anyway: boolean): void => line.update((columns) => formatProgressLine(state, columns), anyway);
  const clear = (): void => line.clear();

  return {
    note: (text) => line.note(text),
    get lastSample() {
      return lastSample;
    },
    clear,
    runStart(facts: RunStart) {
      line.print(renderHeader(facts, settings.showPath));
      line.note("compiling …");
    },
    stepEnd({ step, maxSteps, metrics }: StepReport) {
      const atMs = now();
      start ??= { step, atMs };
      const done = step - start.step;
      state = {
        step,
        maxSteps,
        loss: metrics["train/loss"] ?? state.loss,
        evaluated: state.evaluated,
        tokensPerSecond: smooth(state.tokensPerSecond, metrics["train/tokensPerSecond"]),
        remainingMs: done > 0 && step < maxSteps ? ((atMs - start.atMs) / done) * (maxSteps - step) : undefined,
      };
      show(step === maxSteps);
    },
    evaluationEnd({ step, metrics }: EvaluationReport) {
      const loss = metrics["eval/loss"];
      if (loss === undefined) return;
      state = { ...state, evaluated: { step, loss } };
      const total = formatWhole(state.maxSteps).length;
      const perplexity = metrics["eval/perplexity"] ?? Math.exp(loss);
      const parts = [`step ${formatWhole(step).padStart(total)}`, `eval loss ${formatLoss(loss)}`];
      parts.push(`perplexity ${perplexity < 1000 ? perplexity.toPrecision(4) : formatCount(perplexity)}`);
      line.print(`${parts.join("  ")}\n`);
    },
    sample(sample: Sample) {
      lastSample = sample;
    },
    partSkipped({ part, phase, error }: SkippedPart) {
      clear();
      const remedy = error.fix ? `\n  Fix: ${error.fix}` : "";
      const outcome =
        error.code === "CODEX_TRACKER_FAILED"
          ? `Going on; ${part} is tried again.`
          : `Going on without ${part}, which failed to ${verbs[phase]}.`;
      settings.warnings.write(`${outcome} ${error.message}${remedy}\n`);
    },
    warning(text: string) {
      if (settings.withoutWarnings) return;
      clear();
      settings.warnings.write(`Warning: ${text}\n`);
    },
    runEnd: clear,
    runFailed: clear,
  };
}

/** A running mean that forgets: single steps vary too much to be read. */
function smooth(mean: number | undefined, value: number | undefined): number | undefined {
  if (value === undefined || mean === undefined) return value ?? mean;
  return 0.9 * mean + 0.1 * value;
}
