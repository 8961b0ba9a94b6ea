import { type ChildProcess, spawn } from "node:child_process";

export interface GpuWatchSettings {
  readonly everyMs: number;
  /** The program and what goes before its arguments. Default: `nvidia-smi`. */
  readonly command?: readonly string[];
  /** Milliseconds in which it has to say something. Default: three times `everyMs`, at least 30,000. */
  readonly limitMs?: number;
  /** Value of CUDA_VISIBLE_DEVICES. Default: that of this process. */
  readonly visible?: string;
  /** Told once, when nvidia-smi was there and is given up. */
  onFailed(reason: string): void;
}

/** What nvidia-smi is asked, in this order; the unit of each in bytes, percent, degrees and watts. */
const queries = [
  { query: "index", scale: 1 },
  { query: "utilization.gpu", name: "Percent", scale: 1 },
  { query: "memory.used", name: "MemoryBytes", scale: 1024 * 1024 },
  { query: "temperature.gpu", name: "TemperatureCelsius", scale: 1 },
  { query: "power.draw", name: "PowerWatts", scale: 1 },
] as const;

/**
 * NVIDIA GPUs as one long-lived `nvidia-smi` sees them: nothing is started at a sample. Where there is none, where it
 * hangs or ends, there are no GPU metrics, and no harm.
 */
export class GpuWatch {
  readonly #gpus = new Map<number, { readonly values: Record<string, number>; readonly atMs: number }>();
  readonly #limitMs: number;
  #child: ChildProcess | undefined;
  #rest = "";
  #heardAtMs = performance.now();

  constructor(readonly settings: GpuWatchSettings) {
    const { everyMs, limitMs = Math.max(30_000, 3 * everyMs) } = settings;
    this.#limitMs = limitMs;
  }

  start(): void {
    const {
      command: [program, ...before] = ["nvidia-smi"],
      everyMs,
      visible = process.env.CUDA_VISIBLE_DEVICES,
    } = this.settings;
    if (visible !== undefined && /^\s*(?:-1)?\s*$/.test(visible)) return;
    const args = [
      ...before,
      `--query-gpu=${queries.map(({ query }) => query).join(",")}`,
      "--format=csv,noheader,nounits",
      `--loop-ms=${Math.max(500, Math.round(everyMs))}`,
      ...(visible && isListOfGpus(visible) ? [`--id=${visible}`] : []),
    ];
    const child = spawn(program!, args, { stdio: ["ignore", "pipe", "ignore"], windowsHide: true });
    this.#child = child;
    child.on("error", () => this.#end());
    child.on("exit", (code) => {
      if (this.#child) this.#fail(`nvidia-smi ended with ${code}`);
    });
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (text: string) => this.#read(text));
    child.stdout.on("error", () => undefined);
    // The run does not wait for it.
    child.unref();
    (child.stdout as unknown as { unref?(): void }).unref?.();
  }

  /** The newest metrics; what is old is left out. */
  metrics(): Record<string, number> {
    const nowMs = performance.now();
    if (this.#child && nowMs - this.#heardAtMs > this.#limitMs) {
      this.#fail(`nvidia-smi said nothing for ${Math.round(this.#limitMs / 1000)} s`);
    }
    const newest = [...this.#gpus].filter(([, { atMs }]) => nowMs - atMs <= 2 * this.settings.everyMs + 2000);
    return metricsOf(newest.map(([index, { values }]) => ({ index, values })));
  }

  stop(): void {
    const child = this.#child;
    this.#end();
    child?.kill("SIGKILL");
  }

  #read(text: string): void {
    this.#heardAtMs = performance.now();
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop()!.slice(-1000);
    for (const line of lines) {
      const gpu = parseGpuLine(line);
      if (gpu) this.#gpus.set(gpu.index, { values: gpu.values, atMs: this.#heardAtMs });
    }
  }

  #fail(reason: string): void {
    const heard = this.#gpus.size > 0 || this.#child?.exitCode === null;
    this.stop();
    if (heard) this.settings.onFailed(reason);
  }

  #end(): void {
    this.#child = undefined;
  }
}

/** One GPU's numbers. */
export interface GpuValues {
  readonly index: number;
  /** By the end of their metric's name. */
  readonly values: Record<string, number>;
}

/** A line of nvidia-smi's CSV; what a GPU does not tell (`[N/A]`) is left out. */
export function parseGpuLine(line: string): GpuValues | undefined {
  const fields = line.split(",").map((field) => field.trim());
  const index = Number(fields[0] || Number.NaN);
  if (!Number.isInteger(index) || fields.length !== queries.length) return undefined;
  const values: Record<string, number> = {};
  for (const [column, query] of queries.entries()) {
    const value = Number(fields[column] || Number.NaN);
    if ("name" in query && Number.isFinite(value)) values[query.name] = value * query.scale;
  }
  return { index, values };
}

/**
 * `system/gpuPercent` and its like: the mean over all GPUs, memory and power as a sum, the highest temperature; with
 * several GPUs also each by itself: `system/gpu0Percent`.
 */
export function metricsOf(gpus: readonly GpuValues[]): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const query of queries) {
    if (!("name" in query)) continue;
    const { name } = query;
    const told = gpus.filter(({ values }) => values[name] !== undefined);
    if (told.length === 0) continue;
    const all = told.map(({ values }) => values[name]!);
    const sum = all.reduce((total, value) => total + value, 0);
    const together = { Percent: sum / all.length, TemperatureCelsius: Math.max(...all) } as Record<string, number>;
    metrics[`system/gpu${name}`] = together[name] ?? sum;
    if (gpus.length > 1) for (const { index, values } of told) metrics[`system/gpu${index}${name}`] = values[name]!;
  }
  return metrics;
}

/** Indexes and names as nvidia-smi takes them; CUDA's names of parts of GPUs it does not. */
function isListOfGpus(visible: string): boolean {
  return /^(?:\d+|GPU-[0-9a-f-]{36})(?:,(?:\d+|GPU-[0-9a-f-]{36}))*$/i.test(visible);
}
