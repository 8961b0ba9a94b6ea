import { toJsonNumber } from "../../run/json-number.js";
import type { EvaluationAnswer } from "../../run/kernel-types.js";
import { formatMetric } from "../../text/quantity.js";
import { renderFacts, renderTable } from "../../text/text-table.js";
import type { ResultFormat } from "../commands/evaluate.js";

type Results = Pick<EvaluationAnswer, "metrics" | "intervals">;

/** The results of an evaluation: aligned for people, or a line for each metric with all digits. */
export function renderEvaluation(results: Results, format: ResultFormat): string {
  if (format === "table") return renderForPeople(results);
  return format === "csv" ? renderCsv(results) : renderNdjson(results);
}

function renderForPeople({ metrics, intervals }: Results): string {
  const named = Object.entries(metrics);
  if (Object.keys(intervals).length === 0)
    return renderFacts(named.map(([name, value]) => [name, formatMetric(value)]));
  const rows = named.map(([name, value]) => {
    const interval = intervals[name];
    return [
      name,
      formatMetric(value),
      interval ? `${formatMetric(interval.low)} … ${formatMetric(interval.high)}` : "",
    ];
  });
  return renderTable([["metric", "value", "95% interval"], ...rows]);
}

function renderNdjson({ metrics, intervals }: Results): string {
  return Object.entries(metrics)
    .map(([metric, value]) => {
      const interval = intervals[metric];
      const bounds = interval ? { low: toJsonNumber(interval.low), high: toJsonNumber(interval.high) } : {};
      return `${JSON.stringify({ metric, value: toJsonNumber(value), ...bounds })}\n`;
    })
    .join("");
}

function renderCsv({ metrics, intervals }: Results): string {
  const rows = Object.entries(metrics).map(([metric, value]) => {
    const interval = intervals[metric];
    return [quoted(metric), value, interval?.low ?? "", interval?.high ?? ""].join(",");
  });
  return ["metric,value,low,high", ...rows].map((row) => `${row}\n`).join("");
}

function quoted(name: string): string {
  return /[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
