import type { Sample } from "../../contracts/trainer.js";
import type { TrainResult } from "../../run/run-observer.js";
import { formatDuration, formatLoss, formatWhole } from "../../text/quantity.js";
import { quoteArgument } from "../../text/quote-argument.js";
import { printable } from "../printable.js";

/** What the end of a run is told with. */
export interface SummaryFacts {
  readonly result: TrainResult;
  readonly tookMs: number;
  readonly sample?: Sample;
  /** Shown path of the newest checkpoint of the run. */
  readonly checkpoint?: string;
  /** The command that goes on with the run. */
  readonly resume: string;
  /** Shown path of the report, where it was written. */
  readonly report?: string;
  showPath(path: string): string;
}

const reasons: { readonly [reason: string]: string } = {
  maxSteps: "all steps done",
  earlyStopping: "early stopping",
  wallTime: "out of time",
  signal: "stopped as asked",
};

/** What is said when training has ended: how it went, what the model writes, where it is, and how to go on. */
export function renderSummary(facts: SummaryFacts): string {
  const { result, tookMs, sample, checkpoint, resume, report, showPath } = facts;
  const { status, reason, step, metrics } = result.outcome;
  const verb = status === "finished" ? "Finished" : "Stopped";
  const ending = [
    `${verb} at step ${formatWhole(step)} after ${formatDuration(tookMs)} (${reasons[reason] ?? reason}).`,
  ];
  for (const [name, label] of [
    ["train/loss", "loss"],
    ["eval/loss", "eval loss"],
  ] as const) {
    const value = metrics[name];
    if (value !== undefined) ending.push(`${label} ${formatLoss(value)}`);
  }
  const parts = [`${ending.join(" ")}\n`];
  if (sample) parts.push(`\nThe model writes:\n${indent(printable(sample.prompt + sample.text))}\n`);
  const run = quoteArgument(showPath(result.folder));
  parts.push(`\nRun folder: ${showPath(result.folder)}\n`);
  if (report) parts.push(`Report: ${report}\n`);
  if (status === "interrupted" && checkpoint) parts.push(`Go on training: ${resume}\n`);
  const prompt = quoteArgument(promptLine(sample));
  if (checkpoint) parts.push(`Let it write: npx codex generate ${run} --prompt ${prompt}\n`);
  return parts.join("");
}

/** The first line of the sample's prompt, short enough for a command. */
function promptLine(sample: Sample | undefined): string {
  const line = sample?.prompt.split("\n")[0] ?? "";
  return line.trim() !== "" && line.length <= 40 ? line : "Once";
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `  ${line}`.trimEnd())
    .join("\n");
}
