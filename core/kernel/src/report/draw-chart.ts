import type { Curve } from "./downsample.js";

/** What the numbers of a chart's axis are. */
export type ValueKind = "number" | "bytes";

/** A chart of curves over steps. */
export interface Chart {
  readonly curves: readonly Curve[];
  readonly kind: ValueKind;
  /** Whether the axis begins at zero. */
  readonly fromZero: boolean;
}

/** Where a chart is drawn, in CSS pixels, and which steps it shows. */
export interface ChartView {
  readonly width: number;
  readonly height: number;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** A chart as it was drawn: the SVG's text, and where the plot lies in it. */
export interface DrawnChart {
  readonly svg: string;
  readonly left: number;
  readonly right: number;
  readonly from: number;
  readonly to: number;
}

// The functions below are also put into the page, as text, where they draw again at another width or range: they use
// nothing but each other.

/** Round numbers that divide a range into about `count` parts. */
export function niceTicks(low: number, high: number, count: number): number[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [low];
  const power = 10 ** Math.floor(Math.log10(span / count));
  const rest = span / count / power;
  const step = power * (rest > 5 ? 10 : rest > 2 ? 5 : rest > 1 ? 2 : 1);
  const ticks: number[] = [];
  const first = Math.ceil(low / step - 1e-9);
  for (let index = first; index * step <= high + step * 1e-9 && ticks.length < 100; index++) {
    ticks.push(Number((index * step).toPrecision(12)));
  }
  return ticks;
}

/** A number as short as it can be said: `0.25`, `12.5k`, `3e-5`. */
export function tickText(value: number, step: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if ((size < 1e-3 && step < 1e-4) || size >= 1e15)
    return value
      .toExponential(2)
      .replace(/\.?0+e/, "e")
      .replace("e+", "e");
  const [scale, letter] = size >= 1e9 ? [1e9, "G"] : size >= 1e6 ? [1e6, "M"] : size >= 1e4 ? [1e3, "k"] : [1, ""];
  const digits = Math.min(9, Math.max(0, Math.ceil(-Math.log10(step / (scale as number)) - 1e-9)));
  return `${(value / (scale as number)).toFixed(digits)}${letter}`;
}

/** Draws a chart. Colours come from classes `s0` … `s7`; names of curves are not drawn. */
export function drawChart(chart: Chart, view: ChartView): DrawnChart {
  const { width, height } = view;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { x } of chart.curves) {
    if (x.length === 0) continue;
    first = Math.min(first, x[0]!);
    last = Math.max(last, x[x.length - 1]!);
  }
  if (first > last) [first, last] = [0, 1];
  const from = view.from ?? first;
  const to = Math.max(view.to ?? last, from + 1e-9);
  const [xFrom, xTo] = first === last ? [first - 1, last + 1] : [from, to];
  let low = chart.fromZero ? 0 : Number.POSITIVE_INFINITY;
  let high = chart.fromZero ? 0 : Number.NEGATIVE_INFINITY;
  for (const { x, y } of chart.curves) {
    for (let index = 0; index < x.length; index++) {
      const value = y[index];
      if (value === null || value === undefined || x[index]! < from || x[index]! > to) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) [low, high] = [0, 1];
  const margin = low === high ? Math.abs(low) * 0.1 || 1 : (high - low) * 0.06;
  if (!(chart.fromZero && low === 0)) low -= margin;
  high += margin;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = chart.kind === "bytes" ? Math.min(4, Math.max(0, Math.floor(Math.log2(Math.max(high, 1)) / 10))) : 0;
  const scale = 1024 ** power;
  const yTicks = niceTicks(low / scale, high / scale, Math.max(3, Math.round(height / 55)));
  const yStep = yTicks.length > 1 ? yTicks[1]! - yTicks[0]! : Math.abs(yTicks[0]!) || 1;
  const yText = yTicks.map(
    (tick) => tickText(tick, yStep) + (chart.kind === "bytes" && tick ? ` ${units[power]}` : ""),
  );
  const left = 14 + 7 * Math.max(2, ...yText.map((text) => text.length));
  const [right, top, bottom] = [width - 14, 10, height - 40];
  const px = (value: number) => left + ((value - xFrom) / (xTo - xFrom)) * (right - left);
  const py = (value: number) => bottom - ((value - low) / (high - low)) * (bottom - top);
  const at = (value: number) => value.toFixed(1);
  const parts: string[] = [];
  for (const [index, tick] of yTicks.entries()) {
    const y = at(py(tick * scale));
    parts.push(`<path class="grid" d="M${left} ${y}H${right}"/>`);
    parts.push(`<text x="${left - 8}" y="${y}" dy=".32em" text-anchor="end">${yText[index]}</text>`);
  }
  const wanted = Math.max(4, Math.floor((right - left) / 90));
  const xTicks = niceTicks(xFrom, xTo, wanted).filter((tick) => Number.isInteger(tick) && tick >= 0);
  const xStep = xTicks.length > 1 ? xTicks[1]! - xTicks[0]! : 1;
  for (const tick of xTicks) {
    const x = at(px(tick));
    parts.push(`<path class="tick" d="M${x} ${bottom}v5"/>`);
    parts.push(`<text x="${x}" y="${bottom + 17}" text-anchor="middle">${tickText(tick, xStep)}</text>`);
  }
  parts.push(`<path class="axis" d="M${left} ${bottom}H${right}"/>`);
  parts.push(`<text class="unit" x="${(left + right) / 2}" y="${height - 5}" text-anchor="middle">step</text>`);
  // An inner svg cuts what lies outside of the plot.
  const cut = `x="${left - 4}" y="${top - 6}" width="${right - left + 8}" height="${bottom - top + 12}"`;
  parts.push(`<svg ${cut} viewBox="${left - 4} ${top - 6} ${right - left + 8} ${bottom - top + 12}">`);
  for (const { slot, x, y, bad } of chart.curves) {
    const commands: string[] = [];
    let isDown = false;
    let drawn = 0;
    for (let index = 0; index < x.length; index++) {
      const value = y[index];
      if (value === null || value === undefined) {
        isDown = false;
        continue;
      }
      if ((x[index + 1] ?? x[index]!) < from || (x[index - 1] ?? x[index]!) > to) continue;
      commands.push(`${isDown ? "L" : "M"}${at(px(x[index]!))} ${at(py(value))}${isDown ? "" : "h0"}`);
      isDown = true;
      drawn++;
    }
    const isSparse = drawn <= 24 && drawn < (right - left) / 8;
    parts.push(`<path class="curve s${slot % 8}" d="${commands.join("")}"/>`);
    if (isSparse) {
      const dots = commands.map((command) => `${command.replace("L", "M").replace("h0", "")}h0`).join("");
      parts.push(`<path class="dots s${slot % 8}" d="${dots}"/>`);
    }
    const marks = bad.filter((step) => step >= from && step <= to).map((step) => `M${at(px(step))} ${top - 4}v10`);
    if (marks.length > 0) parts.push(`<path class="bad" d="${marks.join("")}"/>`);
  }
  parts.push("</svg>");
  const svg = `<svg viewBox="0 0 ${width} ${height}" aria-hidden="true">${parts.join("")}</svg>`;
  return { svg, left, right, from: xFrom, to: xTo };
}
