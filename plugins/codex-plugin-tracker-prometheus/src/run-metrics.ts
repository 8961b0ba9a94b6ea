import type { MetricsRecord, RunDescription, RunOutcome } from "codex-core";
import { Gauge, Registry } from "prom-client";
import { metricName, metricScale } from "./metric-name.js";
import { runLabels } from "./run-labels.js";

const statuses = ["running", "finished", "failed", "interrupted"] as const;

/** The newest value of each metric of a run, as Prometheus reads them. */
export class RunMetrics {
  private readonly registry = new Registry();
  private readonly gauges = new Map<string, Gauge>();
  /** Which key has a name. */
  private readonly keys = new Map<string, string>();
  private readonly runId: string;

  /** @param onLeftOut told once of a key whose name another key has */
  constructor(
    private readonly prefix: string,
    run: RunDescription,
    private readonly onLeftOut: (key: string, other: string) => void,
  ) {
    this.runId = run.runId;
    this.registry.setDefaultLabels({ run_id: run.runId });
    const labels = runLabels(run);
    this.own("run_info", "What run this is.", Object.keys(labels)).set(labels, 1);
    this.own("run_started_seconds", "When the run began, seconds since the Unix epoch.").set(run.startedAtMs / 1000);
    this.setStatus("running");
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** The metrics in Prometheus' text format. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  /** Takes the values of metrics over that a text of this run has, and that nobody told since. */
  restore(text: string): void {
    const lines = text.split("\n");
    for (const [index, line] of lines.entries()) {
      const [, name, help] = /^# HELP (\S+) (.*)$/.exec(line) ?? [];
      if (name === undefined || this.gauges.has(name)) continue;
      const start = `${name}{run_id="${this.runId}"} `;
      // HELP, TYPE, and the value.
      const value = lines[index + 2];
      if (!value?.startsWith(start)) continue;
      const key = help!.replaceAll(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character));
      const isMetric = metricName(this.prefix, key) === name;
      this.keys.set(name, isMetric ? key : `the tracker's own ${name}`);
      this.named(name, key).set(readNumber(value.slice(start.length)));
    }
  }

  /** Takes the newest value of each metric out of records in their order. */
  take(records: readonly MetricsRecord[]): void {
    const newest = records.at(-1);
    if (!newest) return;
    this.own("step", "Completed steps.").set(newest.step);
    const told = "When the newest record was made, seconds since the Unix epoch.";
    this.own("record_seconds", told).set(newest.timeMs / 1000);
    const values = new Map<string, number>();
    for (const { metrics } of records) for (const key in metrics) values.set(key, metrics[key]!);
    for (const [key, value] of values) this.gaugeOf(key)?.set(value * metricScale(key));
  }

  close({ status }: RunOutcome): void {
    this.setStatus(status);
  }

  private gaugeOf(key: string): Gauge | undefined {
    const name = metricName(this.prefix, key);
    const owner = this.keys.get(name);
    if (owner === undefined) this.keys.set(name, key);
    else if (owner !== key) {
      if (!this.keys.has(key)) this.onLeftOut(key, owner);
      this.keys.set(key, key);
      return undefined;
    }
    return this.named(name, key);
  }

  /** A gauge of the tracker's own. */
  private own(key: string, help: string, labelNames: readonly string[] = []): Gauge {
    const name = metricName(this.prefix, key);
    this.keys.set(name, `the tracker's own ${key}`);
    return this.named(name, help, labelNames);
  }

  private named(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    const known = this.gauges.get(name);
    if (known) return known;
    // The library refuses a gauge without help; a metric may have no name.
    const gauge = new Gauge({ name, help: help || name, labelNames: [...labelNames], registers: [this.registry] });
    this.gauges.set(name, gauge);
    return gauge;
  }

  private setStatus(current: (typeof statuses)[number]): void {
    const gauge = this.own("run_status", "1 for the status that the run has.", ["status"]);
    for (const status of statuses) gauge.set({ status }, status === current ? 1 : 0);
  }
}

/** A number of the text format: also NaN, +Inf and -Inf. */
function readNumber(text: string): number {
  return Number(text.replace("Inf", "Infinity"));
}
