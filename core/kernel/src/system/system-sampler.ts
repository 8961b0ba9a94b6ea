import { statfs } from "node:fs/promises";
import { freemem, totalmem } from "node:os";
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { Named } from "../contracts/json.js";
import { GpuWatch } from "./gpu-watch.js";
import { type MachineCounters, ratesBetween, readCounters } from "./machine-counters.js";

export interface SystemSamplerSettings {
  readonly everySeconds: number;
  /** A folder on the volume whose free space counts. */
  readonly folder: string;
  /** Takes a sample. What it throws is told and forgotten. */
  take(metrics: Named<number>): void;
  /** Told of what goes wrong, each reason once. */
  onProblem(reason: string): void;
  /** Default: `nvidia-smi`. */
  readonly gpuCommand?: readonly string[];
}

/** How often the event loop's delay is measured: each time wakes the process, which costs more than a sample. */
const resolutionMs = 100;

/**
 * Measures the machine and the process every so many seconds, and once more at the end. A sample is a few reads from
 * memory; disks and GPUs are asked beforehand, and not waited for.
 */
export class SystemSampler {
  readonly #gpus: GpuWatch;
  readonly #told = new Set<string>();
  #delays: IntervalHistogram | undefined;
  #timer: NodeJS.Timeout | undefined;
  #counters: MachineCounters | undefined;
  #freeBytes: number | undefined;
  #isAskingDisk = false;

  constructor(readonly settings: SystemSamplerSettings) {
    this.#gpus = new GpuWatch({
      everyMs: settings.everySeconds * 1000,
      onFailed: (reason) => this.#tell(reason),
      ...(settings.gpuCommand ? { command: settings.gpuCommand } : {}),
    });
  }

  start(): void {
    this.#try(() => this.#gpus.start());
    this.#try(() => {
      this.#delays = monitorEventLoopDelay({ resolution: resolutionMs });
      this.#delays.enable();
    });
    this.#try(() => this.#rates());
    this.#askDisk();
    this.#timer = setInterval(() => this.sample(), this.settings.everySeconds * 1000).unref();
  }

  /** Takes a sample now. Never throws. */
  sample(): void {
    this.#try(() => {
      const metrics = { ...this.#processMetrics(), ...this.#rates(), ...this.#gpus.metrics() };
      this.#askDisk();
      this.settings.take(metrics);
    });
  }

  /** Takes a last sample and lets everything go. */
  stop(): void {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.sample();
    this.#delays?.disable();
    this.#gpus.stop();
  }

  #processMetrics(): Record<string, number> {
    const { rss, heapUsed } = process.memoryUsage();
    const metrics: Record<string, number> = {
      "system/memoryBytes": rss,
      "system/peakMemoryBytes": process.resourceUsage().maxRSS * 1024,
      "system/heapBytes": heapUsed,
      "system/machineMemoryBytes": totalmem() - freemem(),
    };
    if (this.#delays && this.#delays.count > 0) {
      metrics["system/eventLoopDelayMs"] = Math.max(0, this.#delays.percentile(99) / 1e6 - resolutionMs);
      this.#delays.reset();
    }
    if (this.#freeBytes !== undefined) metrics["system/diskFreeBytes"] = this.#freeBytes;
    return metrics;
  }

  #rates(): Record<string, number> {
    const before = this.#counters;
    this.#counters = readCounters();
    return before ? ratesBetween(before, this.#counters) : {};
  }

  /** A volume may be far away: its answer counts for the next sample. */
  #askDisk(): void {
    if (this.#isAskingDisk) return;
    this.#isAskingDisk = true;
    statfs(this.settings.folder)
      .then(({ bavail, bsize }) => {
        this.#freeBytes = bavail * bsize;
      })
      .catch(() => {
        this.#freeBytes = undefined;
      })
      .finally(() => {
        this.#isAskingDisk = false;
      });
  }

  #try(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#tell(error instanceof Error ? error.message : String(error));
    }
  }

  #tell(reason: string): void {
    if (this.#told.has(reason)) return;
    this.#told.add(reason);
    this.settings.onProblem(reason);
  }
}
