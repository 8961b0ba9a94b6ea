import type { Json } from "../contracts/json.js";
import { formatBytes, formatCount, formatDuration, formatLoss, formatMetric, formatWhole } from "../text/quantity.js";
import { chartSubjects, renderChart } from "./chart-figure.js";
import type { MetricPoints } from "./downsample.js";
import { escapeHtml } from "./escape-html.js";
import { leafText } from "./flatten.js";
import { renderPage } from "./page.js";
import { type Cell, renderHtmlTable } from "./render-table.js";
import { countEvents, errorFacts, type RunRecords } from "./run-records.js";

const maxSamples = 40;
const maxSampleLength = 4000;
const maxRows = 1000;

/** The report of a run: one page that stands alone. */
export function renderReport(records: RunRecords): string {
  const body = [
    "<main>",
    header(records),
    keyFigures(records),
    curves(records),
    samples(records),
    checkpoints(records),
    config(records),
    facts("Environment", "Environment of the run", records.environment),
    facts("Lock", "What the run's numbers depend on", digestsOf(records.lock)),
    events(records),
    missing(records),
    "</main>",
    `<footer>Report of run ${escapeHtml(records.summary.runId)}, made by Codex on ${timeText(new Date().toISOString())}.</footer>`,
  ];
  return renderPage(`${records.name} · ${records.summary.status}`, body.filter(Boolean).join("\n"));
}

function header({ summary, name }: RunRecords): string {
  const { status, runId, startedAt, ranMs, command, resumedFrom } = summary;
  const when = [
    startedAt && `started ${timeText(startedAt)}`,
    ranMs !== undefined && `${status === "running" ? "for" : "took"} ${formatDuration(ranMs)}`,
    resumedFrom && `went on from ${resumedFrom}`,
  ].filter((part) => typeof part === "string" && part !== "");
  const error = errorFacts(summary.error);
  return `<header>
<div class="head"><h1>${escapeHtml(name)}</h1><span class="status ${status}">${status}</span></div>
<p class="soft"><span class="mono">${escapeHtml(runId)}</span><br>${escapeHtml(when.join(" · "))}</p>
${command ? `<p class="command mono">${escapeHtml(command)}</p>` : ""}
${error ? errorBox(error) : ""}
</header>`;
}

function errorBox(error: { readonly [key: string]: Json }): string {
  const lines = ["where", "why", "fix"]
    .filter((key) => typeof error[key] === "string")
    .map((key) => `<p><span class="soft">${key}:</span> ${escapeHtml(String(error[key]))}</p>`);
  const code = typeof error.code === "string" ? error.code : "Error";
  const what = typeof error.what === "string" ? error.what : JSON.stringify(error);
  return `<section class="error" aria-label="Error"><p><strong>${escapeHtml(code)}</strong><br>${escapeHtml(what)}</p>
${lines.join("\n")}</section>`;
}

function keyFigures({ metrics, summary }: RunRecords): string {
  const figures: [label: string, value: string, note: string][] = [];
  for (const [metric, label] of [
    ["eval/loss", "eval loss"],
    ["train/loss", "train loss"],
  ] as const) {
    const points = metrics.get(metric);
    if (!points || points.values.length === 0) continue;
    const best = lowest(points);
    if (best) figures.push([`best ${label}`, formatLoss(best.value), `at step ${formatWhole(best.step)}`]);
    const last = points.values.at(-1)!;
    figures.push([`last ${label}`, formatLoss(last), `at step ${formatWhole(points.steps.at(-1)!)}`]);
  }
  if (summary.step !== undefined) figures.push(["steps", formatWhole(summary.step), ""]);
  const speed = metrics.get("train/tokensPerSecond");
  const tokens = tokenCount(speed, metrics.get("train/stepMs"));
  if (tokens) figures.push(["tokens", formatCount(tokens), "trained on"]);
  const middle = median(speed?.values ?? []);
  if (middle !== undefined) figures.push(["tokens per second", formatCount(middle), "median of the steps"]);
  const memory = metrics.get("system/peakMemoryBytes") ?? metrics.get("system/memoryBytes");
  if (memory) figures.push(["memory", formatBytes(memory.values.reduce((a, b) => Math.max(a, b), 0)), "highest seen"]);
  if (figures.length === 0) return "";
  const items = figures.map(
    ([label, value, note]) =>
      `<div><dt>${label}</dt><dd>${escapeHtml(value)}<small>${escapeHtml(note)}</small></dd></div>`,
  );
  return `<h2>Key figures</h2>\n<dl class="figures">${items.join("")}</dl>`;
}

function curves({ metrics }: RunRecords): string {
  const figures: string[] = [];
  const absent: string[] = [];
  for (const subject of chartSubjects) {
    const named = Object.entries(subject.metrics).flatMap(([metric, name]) => {
      const points = metrics.get(metric);
      return points ? [{ name, points }] : [];
    });
    if (named.length > 0) figures.push(renderChart(subject, named));
    else if (!subject.isOptional) absent.push(subject.title.toLowerCase());
  }
  const note = absent.length > 0 ? `<p class="soft">Not recorded by this run: ${absent.join(", ")}.</p>` : "";
  return `<h2>Curves</h2>\n<div class="charts">${figures.join("\n")}</div>\n${note}`;
}

function samples({ samples: all }: RunRecords): string {
  if (all.length === 0) return '<h2>Samples</h2>\n<p class="soft">This run wrote no samples.</p>';
  const stride = Math.max(1, (all.length - 1) / (maxSamples - 1));
  const shown =
    all.length <= maxSamples ? all : Array.from({ length: maxSamples }, (_, index) => all[Math.round(index * stride)]!);
  const note =
    shown.length < all.length
      ? `<p class="soft">${formatWhole(shown.length)} of ${formatWhole(all.length)} samples, evenly spread; all of them are in events.ndjson.</p>`
      : "";
  const articles = [...shown].reverse().map(({ step, prompt, text }) => {
    const cut = text.length > maxSampleLength;
    const words = cut ? text.slice(0, maxSampleLength) : text;
    const start = prompt.slice(0, maxSampleLength);
    const left = cut ? `\n<p class="soft">… ${formatWhole(text.length - words.length)} more characters</p>` : "";
    return `<article class="sample"><h3>Step ${formatWhole(step)}</h3>
<pre dir="auto"><span class="prompt">${escapeHtml(start)}</span>${escapeHtml(words)}</pre>${left}</article>`;
  });
  const [newest = "", ...older] = articles;
  const rest =
    older.length > 0
      ? `<details><summary>Earlier samples (${older.length})</summary>\n${older.join("\n")}</details>`
      : "";
  return `<h2>Samples</h2>\n${note}<p class="soft">The prompt is bold.</p>\n${newest}\n${rest}`;
}

function checkpoints({ checkpoints: all, monitor }: RunRecords): string {
  if (all.length === 0) return '<h2>Checkpoints</h2>\n<p class="soft">This run has no complete checkpoint.</p>';
  const metrics = [...new Set(["train/loss", "eval/loss", monitor.name])];
  const rows = all.map(({ step, sizeBytes, metrics: found, isBest }): Cell[] => [
    { html: `${formatWhole(step)}${isBest ? ' <span class="best">★ best</span>' : ""}` },
    sizeBytes === undefined ? "" : formatBytes(sizeBytes),
    ...metrics.map((name) => (found[name] === undefined ? "–" : formatLoss(found[name]))),
  ]);
  const numbers = ["size", ...metrics].map((title) => ({ title, isNumber: true }));
  return `<h2>Checkpoints</h2>\n${renderHtmlTable("Checkpoints", [{ title: "step" }, ...numbers], rows)}
<p class="soft">Best: the ${monitor.mode === "min" ? "lowest" : "highest"} ${escapeHtml(monitor.name)} of those that are kept.</p>`;
}

function config({ config: leaves, origins }: RunRecords): string {
  if (leaves.size === 0) return "";
  const rows = [...leaves].slice(0, maxRows).map(([path, value]): Cell[] => {
    const origin = origins[path];
    return [
      { html: `<code>${escapeHtml(path)}</code>` },
      { html: `<code>${escapeHtml(leafText(value))}</code>` },
      typeof origin === "string" ? origin : "",
    ];
  });
  const columns = [{ title: "key" }, { title: "value" }, { title: "set by" }];
  return `<details class="part"><summary><h2>Config</h2></summary>\n${renderHtmlTable("Config", columns, rows)}
<p class="soft">Secrets are left out.</p></details>`;
}

function facts(title: string, label: string, leaves: ReadonlyMap<string, Json>): string {
  if (leaves.size === 0) return "";
  const rows = [...leaves]
    .slice(0, maxRows)
    .map(([path, value]): Cell[] => [path, { html: `<code>${escapeHtml(shown(path, value))}</code>` }]);
  const table = renderHtmlTable(label, [{ title: "what" }, { title: "value" }], rows);
  return `<details class="part"><summary><h2>${title}</h2></summary>\n${table}</details>`;
}

function shown(path: string, value: Json): string {
  return path.endsWith("Bytes") && typeof value === "number" ? formatBytes(value) : leafText(value);
}

/** The lock without the config's values, which have a table of their own. */
function digestsOf(lock: ReadonlyMap<string, Json>): Map<string, Json> {
  return new Map([...lock].filter(([path]) => !path.startsWith("config.values") && path !== "runId"));
}

function events({ events: all }: RunRecords): string {
  if (all.length === 0) return "";
  const rows = [...countEvents(all)].slice(0, maxRows).map(([label, count]) => [label, formatMetric(count)]);
  const columns = [{ title: "event" }, { title: "times", isNumber: true }];
  return `<h2>Events</h2>\n${renderHtmlTable("Events", columns, rows)}`;
}

function missing({ missing: all }: RunRecords): string {
  if (all.length === 0) return "";
  const items = all.map((text) => `<li>${escapeHtml(text)}</li>`).join("");
  return `<h2>Left out</h2>\n<p>What the run's folder does not tell:</p>\n<ul>${items}</ul>`;
}

function lowest({ steps, values }: MetricPoints): { readonly step: number; readonly value: number } | undefined {
  let best = -1;
  for (const [index, value] of values.entries()) {
    if (Number.isFinite(value) && (best < 0 || value < values[best]!)) best = index;
  }
  return best < 0 ? undefined : { step: steps[best]!, value: values[best]! };
}

/** Tokens of all steps that were recorded, from speed and duration of each. */
function tokenCount(speed: MetricPoints | undefined, stepMs: MetricPoints | undefined): number | undefined {
  if (!speed || !stepMs || speed.values.length !== stepMs.values.length) return undefined;
  const perStep = median(speed.values.map((value, index) => (value * stepMs.values[index]!) / 1000));
  const last = speed.steps.at(-1);
  return perStep === undefined || last === undefined ? undefined : perStep * last;
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.filter(Number.isFinite).sort((left, right) => left - right);
  return sorted[sorted.length >> 1];
}

/** `2026-05-04 09:30 UTC` */
function timeText(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? "" : `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
