import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { drawCurves } from "./draw-curves.js";

/**
 * Keeps the points of some metrics and draws them anew with each batch of records. It may be slow or fail: the run
 * goes on without waiting, and what was not written is delivered again.
 */
export class CurveTracker {
  constructor(metrics, fileName) {
    this.metrics = metrics;
    this.fileName = fileName;
    /** Points by metric: a map from step to value, so that a record that comes twice counts once. */
    this.points = new Map(metrics.map((metric) => [metric, new Map()]));
  }

  async open(run, saved) {
    this.run = run;
    this.path = join(run.folder, this.fileName);
    // Opened before: what was drawn then is drawn again, from the run's own metrics.
    if (saved !== undefined) await this.takeUp();
    return {};
  }

  async write(records) {
    for (const record of records) {
      if (record.kind !== "metrics") continue;
      for (const metric of this.metrics) {
        const value = record.metrics[metric];
        if (Number.isFinite(value)) this.points.get(metric).set(record.step, value);
      }
    }
    await this.draw();
  }

  async close() {
    await this.draw();
  }

  /** The points that the run has by now. */
  async takeUp() {
    const lines = (await readFile(join(this.run.folder, "metrics.ndjson"), "utf8")).split("\n").filter(Boolean);
    for (const row of lines.map((line) => JSON.parse(line))) {
      for (const metric of this.metrics) {
        if (Number.isFinite(row[metric])) this.points.get(metric).set(row.step, row[metric]);
      }
    }
  }

  async draw() {
    await writeFile(`${this.path}.tmp`, drawCurves(this.run.name, this.points));
    await rename(`${this.path}.tmp`, this.path);
  }
}
