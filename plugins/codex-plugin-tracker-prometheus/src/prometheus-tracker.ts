import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import {
  type Disposable,
  type Json,
  type Logger,
  makeFolder,
  type RunDescription,
  type RunOutcome,
  type Tracker,
  type TrackerRecord,
  writeFileWhole,
} from "codex-core";
import { prometheusErrors } from "./errors.js";
import { MetricsServer } from "./metrics-server.js";
import { RunMetrics } from "./run-metrics.js";

export interface PrometheusTrackerSettings {
  /** Undefined: nothing is served. */
  readonly port?: number;
  readonly host: string;
  /** Absolute path. Undefined: none is written. */
  readonly textfile?: string;
  readonly prefix: string;
  readonly logger: Logger;
}

/**
 * Shows the newest value of each metric to Prometheus while the run goes on: at /metrics, and in a file for
 * node-exporter, which stays when the run has ended. Of a run that is over only the file is written. A value that is
 * told again is the same value.
 */
export class PrometheusTracker implements Tracker, Disposable {
  private metrics: RunMetrics | undefined;
  private server: MetricsServer | undefined;

  constructor(private readonly settings: PrometheusTrackerSettings) {}

  /** What is served is gone with the run. */
  get place(): string {
    return this.settings.textfile ?? "";
  }

  /** @throws CODEX_TRACKER_PROMETHEUS_LISTEN, CODEX_TRACKER_PROMETHEUS_TEXTFILE */
  async open(run: RunDescription, saved?: Json): Promise<Json> {
    const { port, host, prefix, logger, textfile } = this.settings;
    await this.server?.close();
    this.server = undefined;
    this.metrics = new RunMetrics(prefix, run, (key, other) =>
      logger.warn("a metric is left out: another has its name", { metric: key, other }),
    );
    // What was told before is not told again.
    if (saved !== undefined && textfile !== undefined) {
      this.metrics.restore(await readFile(textfile, "utf8").catch(() => ""));
    }
    // Nobody looks at a run that is over, and its port may be another run's now.
    if (port !== undefined && !run.isOver) this.server = await this.listen(host, port, this.metrics);
    await this.writeTextfile();
    return {};
  }

  async write(records: readonly TrackerRecord[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.metrics?.take(records.filter((record) => record.kind === "metrics"));
    await this.writeTextfile();
  }

  async close(outcome: RunOutcome): Promise<void> {
    this.metrics?.close(outcome);
    const { server } = this;
    this.server = undefined;
    await server?.close();
    await this.writeTextfile();
  }

  /** A run that could not be closed leaves the port all the same. */
  async dispose(): Promise<void> {
    await this.server?.close();
    this.server = undefined;
  }

  private async listen(host: string, port: number, metrics: RunMetrics): Promise<MetricsServer> {
    try {
      const server = await MetricsServer.listen(host, port, metrics);
      this.settings.logger.info("metrics are served", { url: server.url });
      return server;
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      const what = `Nobody can listen on ${host}, port ${port}: ${problem}`;
      throw prometheusErrors.CODEX_TRACKER_PROMETHEUS_LISTEN({ what, cause });
    }
  }

  /** Whole or not at all: a collector may read at any moment. */
  private async writeTextfile(): Promise<void> {
    const { textfile } = this.settings;
    if (textfile === undefined || !this.metrics) return;
    try {
      await makeFolder(dirname(textfile));
      await writeFileWhole(textfile, await this.metrics.text());
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      const what = `The textfile cannot be written: ${problem}`;
      throw prometheusErrors.CODEX_TRACKER_PROMETHEUS_TEXTFILE({ what, where: textfile, cause });
    }
  }
}
