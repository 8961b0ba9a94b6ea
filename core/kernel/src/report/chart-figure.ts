import { formatBytes, formatWhole } from "../text/quantity.js";
import { type Curve, downsample, type MetricPoints } from "./downsample.js";
import { type Chart, drawChart, type ValueKind } from "./draw-chart.js";
import { escapeHtml, scriptJson } from "./escape-html.js";

/** A chart of the page: what it shows of which metric. */
export interface ChartSubject {
  readonly title: string;
  /** The unit, as the title adds it. */
  readonly unit: string;
  readonly kind: ValueKind;
  readonly fromZero: boolean;
  /** Whether it takes the whole width. */
  readonly isWide?: boolean;
  /** Whether nobody misses it where it was not recorded. */
  readonly isOptional?: boolean;
  readonly metrics: { readonly [metric: string]: string };
}

/** The charts of a report, in their order. */
export const chartSubjects: readonly ChartSubject[] = [
  {
    title: "Loss",
    unit: "nats per token",
    kind: "number",
    fromZero: false,
    isWide: true,
    metrics: { "train/loss": "train", "eval/loss": "eval" },
  },
  {
    title: "Learning rate",
    unit: "",
    kind: "number",
    fromZero: true,
    metrics: { "train/learningRate": "learning rate" },
  },
  {
    title: "Gradient norm",
    unit: "before clipping",
    kind: "number",
    fromZero: true,
    metrics: { "train/gradNorm": "gradient norm" },
  },
  {
    title: "Throughput",
    unit: "tokens per second",
    kind: "number",
    fromZero: true,
    metrics: { "train/tokensPerSecond": "tokens/s" },
  },
  {
    title: "Memory",
    unit: "resident, of the process",
    kind: "bytes",
    fromZero: true,
    metrics: { "system/memoryBytes": "resident memory" },
  },
  {
    title: "CPU",
    unit: "percent; of the process, 100 is one CPU",
    kind: "number",
    fromZero: true,
    isOptional: true,
    metrics: { "system/cpuPercent": "machine", "system/processCpuPercent": "process" },
  },
  {
    title: "GPU",
    unit: "percent of the time at work",
    kind: "number",
    fromZero: true,
    isOptional: true,
    metrics: { "system/gpuPercent": "GPU" },
  },
  {
    title: "GPU memory",
    unit: "in use, of all GPUs",
    kind: "bytes",
    fromZero: true,
    isOptional: true,
    metrics: { "system/gpuMemoryBytes": "GPU memory" },
  },
];

/** A metric's points under the name that a legend gives them. */
export interface NamedPoints {
  readonly name: string;
  readonly points: MetricPoints;
  /** Its colour; its place in the list where left out. */
  readonly slot?: number;
}

const maxPoints = 1600;

/** A figure: title, legend, a drawing that needs no script, the numbers that the script draws from, and a caption. */
export function renderChart(subject: ChartSubject, all: readonly NamedPoints[]): string {
  const { title, unit, kind, fromZero, isWide } = subject;
  const curves = all.map(({ name, points, slot }, index): Curve => {
    return rounded(downsample(name, slot ?? index, points, maxPoints));
  });
  const chart: Chart = { curves, kind, fromZero };
  const legend = curves.map(({ name, slot }) => `<li class="s${slot % 8}">${escapeHtml(name)}</li>`).join("");
  const captions = all.map(({ name, points }) => captionOf(all.length > 1 ? `${name}: ` : "", points, kind));
  return `<figure class="chart${isWide ? " wide" : ""}">
<div class="top"><h3>${escapeHtml(title)}${unit ? ` <span class="soft">${escapeHtml(unit)}</span>` : ""}</h3>
${all.length > 1 ? `<ul class="legend">${legend}</ul>` : ""}<button type="button" hidden>Show all</button></div>
<div class="stage" role="group" aria-label="${escapeHtml(title)} by step; arrow keys read values">${
    drawChart(chart, { width: 640, height: 260 }).svg
  }</div>
<p class="readout" aria-live="polite">&nbsp;</p>
<figcaption>${captions.map(escapeHtml).join("<br>")}</figcaption>
<script type="application/json">${scriptJson(chart)}</script>
</figure>`;
}

/** Seven digits are more than a screen shows. */
function rounded(curve: Curve): Curve {
  return { ...curve, y: curve.y.map((value) => (value === null ? null : Number(value.toPrecision(7)))) };
}

function captionOf(prefix: string, { steps, values }: MetricPoints, kind: ValueKind): string {
  const text = kind === "bytes" ? formatBytes : shortNumber;
  let low = -1;
  let high = -1;
  let badCount = 0;
  let firstBad = -1;
  for (const [index, value] of values.entries()) {
    if (!Number.isFinite(value)) {
      badCount++;
      if (firstBad < 0) firstBad = index;
      continue;
    }
    if (low < 0 || value < values[low]!) low = index;
    if (high < 0 || value > values[high]!) high = index;
  }
  const parts: string[] = [];
  if (low >= 0) {
    const end = values.at(-1)!;
    parts.push(`ends at ${Number.isFinite(end) ? text(end) : String(end)} (step ${formatWhole(steps.at(-1)!)})`);
    parts.push(`lowest ${text(values[low]!)} at step ${formatWhole(steps[low]!)}`);
    parts.push(`highest ${text(values[high]!)} at step ${formatWhole(steps[high]!)}`);
  }
  if (badCount > 0) {
    parts.push(`${formatWhole(badCount)} not finite, first at step ${formatWhole(steps[firstBad]!)} (red marks)`);
  }
  return `${prefix}${parts.join(", ")}.`;
}

/** A number as a caption says it: five digits, or a whole number with thousands set apart. */
export function shortNumber(value: number): string {
  return Math.abs(value) >= 1000 ? formatWhole(value) : String(Number(value.toPrecision(5)));
}
