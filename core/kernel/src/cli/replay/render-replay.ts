import { describeDifference } from "../../lock/describe-difference.js";
import type { MetricDifference } from "../../replay/compare-metrics.js";
import type { Resume } from "../../replay/read-resumes.js";
import { formatThings, formatWhole } from "../../text/quantity.js";
import { renderTable } from "../../text/text-table.js";
import type { ReplayAnswer } from "./replay.js";

const maxRows = 10;

/** A comparison in words: `identical`, or a table of the first differences and what may have caused them. */
export function renderReplay(answer: ReplayAnswer, showPath: (path: string) => string): string {
  const { metrics, checkpoints, samples, locks = [], resumes } = answer;
  const counts = [
    `${formatThings(metrics.compared, "number")} of ${formatThings(metrics.steps, "step")}`,
    formatThings(checkpoints.length, "checkpoint"),
    formatThings(samples.compared, "sample"),
  ].join(", ");
  const runs = `${showPath(answer.original)} and ${showPath(answer.replay)}`;
  if (answer.identical) return `Identical: ${runs} share ${counts}.\n`;
  const lines = [`Different: ${runs}; compared were ${counts}.\n`];
  if (metrics.differences.length > 0) {
    const { length } = metrics.differences;
    const shown = [...metrics.differences.slice(0, maxRows), ...largestBeyond(metrics.differences)];
    const rows = shown.map((each) => [
      String(each.step),
      each.metric,
      show(each.original),
      show(each.replay),
      each.relative === undefined ? "" : each.relative.toExponential(1),
    ]);
    lines.push(
      `${formatThings(length, "number")} ${length === 1 ? "differs" : "differ"}; the first ones, and the largest difference:\n`,
    );
    lines.push(renderTable([["step", "metric", "original", "replay", "relative"], ...rows]));
  }
  for (const { path, error } of checkpoints.flatMap(({ damaged }) => damaged)) {
    lines.push(`Damaged: ${showPath(path)}: ${error.code}: ${error.what}\n`);
  }
  const whole = checkpoints.filter(({ damaged }) => damaged.length === 0);
  const tensors = whole.filter(({ sameTensors }) => !sameTensors).map(({ step }) => step);
  if (tensors.length > 0) lines.push(`Tensors differ in the checkpoints of steps ${tensors.join(", ")}.\n`);
  if (samples.different.length > 0) lines.push(`Samples differ at steps ${samples.different.join(", ")}.\n`);
  const causes = [
    ...locks.filter(({ effect }) => effect !== "none").map(describeDifference),
    ...resumes.flatMap(describeResume),
  ];
  lines.push(
    causes.length > 0
      ? `What may have changed the numbers:\n${causes.map((each) => `  ${each}\n`).join("")}`
      : "The locks show nothing that could change numbers.\n",
  );
  return lines.join("");
}

/** Options that changed where the run went on; nothing where none did. */
function describeResume({ step, changed }: Resume): readonly string[] {
  const at = `the run went on at step ${formatWhole(step)}`;
  if (!changed) return [`${at}, from a checkpoint that is gone: whether its options were others is not known`];
  if (changed.length === 0) return [];
  const options = changed.map(({ key, first: saved, second: current }) =>
    describeDifference({ area: "config", key, saved, current, effect: "numbers" }),
  );
  return [`${at} with other options, and a replay takes the last ones for all steps: ${options.join("; ")}`];
}

/** The largest relative difference, where it is not among the rows that are shown anyway. */
function largestBeyond(differences: readonly MetricDifference[]): readonly MetricDifference[] {
  let largest: MetricDifference | undefined;
  for (const each of differences) if ((each.relative ?? -1) > (largest?.relative ?? -1)) largest = each;
  return largest && differences.indexOf(largest) >= maxRows ? [largest] : [];
}

function show(value: MetricDifference["original"]): string {
  return value === undefined ? "absent" : String(value);
}
