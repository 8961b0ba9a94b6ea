import { formatBytes, formatWhole } from "../text/quantity.js";
import { renderTable } from "../text/text-table.js";
import { chartSubjects, renderChart, shortNumber } from "./chart-figure.js";
import { labelsOf, type MetricEnd, type RunComparison } from "./compare-runs.js";
import { escapeHtml } from "./escape-html.js";
import { leafText } from "./flatten.js";
import { renderPage } from "./page.js";
import { type Cell, renderHtmlTable } from "./render-table.js";
import type { RunRecords } from "./run-records.js";

/** Several runs on one page that stands alone: curves together, how they ended, what their configs have apart. */
export function renderComparison(comparison: RunComparison, all: readonly RunRecords[]): string {
  const labels = labelsOf(comparison.runs);
  const columns = [{ title: "metric" }, ...labels.map((title) => ({ title, isNumber: true }))];
  const metrics = metricRows(comparison);
  const keys = comparison.config.map(({ key, values }): Cell[] => [
    { html: `<code>${escapeHtml(key)}</code>` },
    ...values.map((value) => ({ html: `<code>${value === null ? "–" : escapeHtml(leafText(value))}</code>` })),
  ]);
  const body = [
    `<main><header><h1>${labels.length} runs compared</h1></header>`,
    "<h2>Runs</h2>",
    renderHtmlTable("Runs", runColumns, runRows(comparison, labels)),
    "<h2>Curves</h2>",
    `<div class="charts">${charts(all, labels)}</div>`,
    "<h2>Metrics</h2>",
    renderHtmlTable("Metrics of the runs", columns, metrics),
    '<p class="soft">last value, and the lowest and highest of the run</p>',
    "<h2>Config</h2>",
    keys.length === 0
      ? '<p class="soft">The configs are equal.</p>'
      : renderHtmlTable("What the configs have apart", [{ title: "key" }, ...labels.map((title) => ({ title }))], keys),
    "</main>",
    "<footer>Made by Codex.</footer>",
  ];
  return renderPage(`${labels.join(", ")} compared`, body.join("\n"));
}

/** The comparison for a terminal. */
export function comparisonText(comparison: RunComparison): string {
  const labels = labelsOf(comparison.runs);
  const runs = renderTable([runColumns.map(({ title }) => title), ...runRows(comparison, labels)]);
  const metrics = renderTable([
    ["last metrics", ...labels],
    ...comparison.metrics.map(({ name, values }) => [name, ...values.map((end) => (end ? lastText(name, end) : "–"))]),
  ]);
  const rows = comparison.config.map(({ key, values }) => [
    key,
    ...values.map((value) => (value === null ? "–" : leafText(value).slice(0, 40))),
  ]);
  const config = rows.length === 0 ? "The configs are equal.\n" : renderTable([["config", ...labels], ...rows]);
  return `${runs}\n${metrics}\n${config}`;
}

const runColumns = [{ title: "run" }, { title: "run id" }, { title: "status" }, { title: "step", isNumber: true }];

function runRows({ runs }: RunComparison, labels: readonly string[]): string[][] {
  return runs.map(({ runId, status, step }, index) => [
    labels[index]!,
    runId,
    status,
    step === null ? "–" : formatWhole(step),
  ]);
}

function metricRows({ metrics }: RunComparison): Cell[][] {
  return metrics.map(({ name, values }) => [
    name,
    ...values.map((end): Cell => {
      if (!end) return "–";
      const range = end.min === null || end.max === null ? "" : `${textOf(name, end.min)} … ${textOf(name, end.max)}`;
      return { html: `${escapeHtml(lastText(name, end))}<br><span class="soft">${range}</span>` };
    }),
  ]);
}

function lastText(name: string, { last }: MetricEnd): string {
  return typeof last === "number" ? textOf(name, last) : last;
}

function textOf(name: string, value: number): string {
  return name.endsWith("Bytes") ? formatBytes(value) : shortNumber(value);
}

/** A chart for each metric, all runs in it. */
function charts(all: readonly RunRecords[], labels: readonly string[]): string {
  const figures = chartSubjects.flatMap((subject) =>
    Object.entries(subject.metrics).flatMap(([metric, name]) => {
      const isShared = Object.keys(subject.metrics).length > 1;
      const title = isShared ? `${subject.title}, ${name}` : subject.title;
      const named = all.flatMap(({ metrics }, index) => {
        const points = metrics.get(metric);
        return points ? [{ name: labels[index]!, points, slot: index }] : [];
      });
      return named.length > 0 ? [renderChart({ ...subject, title }, named)] : [];
    }),
  );
  return figures.join("\n");
}
