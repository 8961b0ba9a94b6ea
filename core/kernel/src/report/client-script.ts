import { drawChart, niceTicks, tickText } from "./draw-chart.js";

/**
 * The page's script: draws each chart again at its real width, shows values under the pointer, and zooms. Without it
 * the page shows the same charts, drawn before.
 */
export function clientScript(): string {
  return `"use strict";
${[niceTicks, tickText, drawChart].map(String).join("\n")}
${enhance}
const redraws = [...document.querySelectorAll("figure.chart")].map(enhance);
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details.part")) details.open = true;
  for (const redraw of redraws) redraw(true);
});
addEventListener("afterprint", () => {
  for (const redraw of redraws) redraw();
});
`;
}

const enhance = `function enhance(figure) {
  const chart = JSON.parse(figure.querySelector("script").textContent);
  const stage = figure.querySelector(".stage");
  const readout = figure.querySelector(".readout");
  const reset = figure.querySelector("button");
  const hint = readout.textContent;
  const steps = [...new Set(chart.curves.flatMap((curve) => curve.x))].sort((a, b) => a - b);
  let view = {}, drawn, cursor, dragFrom;
  const line = document.createElement("i");
  const band = document.createElement("b");
  function draw(isPrint) {
    const paper = figure.classList.contains("wide") ? 680 : 340;
    const width = isPrint ? paper : Math.max(240, Math.round(stage.clientWidth));
    drawn = drawChart(chart, { width, height: width < 480 ? 220 : 260, ...view });
    stage.innerHTML = drawn.svg;
    stage.append(line, band);
    reset.hidden = view.from === undefined;
    place();
  }
  function toPixel(step) {
    return drawn.left + ((step - drawn.from) / (drawn.to - drawn.from)) * (drawn.right - drawn.left);
  }
  function toStep(event) {
    const at = event.clientX - stage.getBoundingClientRect().left;
    const part = Math.min(1, Math.max(0, (at - drawn.left) / (drawn.right - drawn.left)));
    return drawn.from + part * (drawn.to - drawn.from);
  }
  function nearest(list, step) {
    let low = 0, high = list.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (list[middle] < step) low = middle; else high = middle;
    }
    return Math.abs(list[low] - step) <= Math.abs(list[high] - step) ? low : high;
  }
  function valueText(value) {
    if (value === null) return "not finite";
    if (chart.kind !== "bytes") return Math.abs(value) >= 1e5 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(5)));
    let power = 0;
    while (power < 4 && Math.abs(value) >= 1024) { value /= 1024; power++; }
    return value.toFixed(power ? 1 : 0) + " " + ["B", "KiB", "MiB", "GiB", "TiB"][power];
  }
  function place() {
    line.hidden = cursor === undefined;
    if (cursor === undefined) { readout.textContent = hint; return; }
    line.style.left = toPixel(cursor) + "px";
    readout.replaceChildren("step " + cursor.toLocaleString("en-US"));
    chart.curves.forEach((curve) => {
      const index = nearest(curve.x, cursor);
      if (curve.x.length === 0) return;
      const part = document.createElement("span");
      part.className = "value s" + (curve.slot % 8);
      const step = curve.x[index] === cursor ? "" : " (step " + curve.x[index].toLocaleString("en-US") + ")";
      part.textContent = curve.name + " " + valueText(curve.y[index]) + step;
      readout.append(" ", part);
    });
  }
  function zoom(from, to) {
    const low = Math.max(steps[0], Math.min(from, to));
    const high = Math.min(steps[steps.length - 1], Math.max(from, to));
    const isAll = low <= steps[0] && high >= steps[steps.length - 1];
    if (isAll) view = {};
    else if (high - low > 0) view = { from: low, to: high };
    draw();
  }
  if (steps.length < 2) return draw(), draw;
  stage.addEventListener("pointermove", (event) => {
    const step = toStep(event);
    cursor = steps[nearest(steps, step)];
    if (dragFrom !== undefined) {
      const [low, high] = [toPixel(Math.min(dragFrom, step)), toPixel(Math.max(dragFrom, step))];
      band.hidden = false;
      band.style.left = low + "px";
      band.style.width = high - low + "px";
    }
    place();
  });
  stage.addEventListener("pointerdown", (event) => {
    cursor = steps[nearest(steps, toStep(event))];
    place();
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    dragFrom = toStep(event);
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointerup", (event) => {
    const start = dragFrom;
    dragFrom = undefined;
    band.hidden = true;
    if (start !== undefined && Math.abs(toPixel(start) - toPixel(toStep(event))) > 8) zoom(start, toStep(event));
  });
  stage.addEventListener("pointercancel", () => { dragFrom = undefined; band.hidden = true; });
  stage.addEventListener("pointerleave", () => { if (dragFrom === undefined) { cursor = undefined; place(); } });
  stage.addEventListener("dblclick", () => { view = {}; draw(); });
  stage.addEventListener("blur", () => { cursor = undefined; place(); });
  stage.addEventListener("keydown", (event) => {
    const [low, high] = [drawn.from, drawn.to];
    const center = cursor ?? (low + high) / 2;
    const move = { ArrowLeft: -1, ArrowRight: 1, PageUp: -50, PageDown: 50 }[event.key];
    if (move !== undefined) {
      const index = cursor === undefined ? nearest(steps, low) : nearest(steps, cursor) + move;
      cursor = steps[Math.min(steps.length - 1, Math.max(0, index))];
      if (view.from !== undefined) cursor = Math.min(high, Math.max(low, cursor));
      place();
    } else if (event.key === "+") zoom(center - (high - low) / 4, center + (high - low) / 4);
    else if (event.key === "-") zoom(center - (high - low), center + (high - low));
    else if (event.key === "Escape") { view = {}; draw(); }
    else return;
    event.preventDefault();
  });
  reset.addEventListener("click", () => { view = {}; draw(); });
  line.hidden = band.hidden = true;
  stage.tabIndex = 0;
  new ResizeObserver(() => draw()).observe(stage);
  draw();
  return draw;
}`;
