import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { type ByteCounts, type CpuTimes, parseCpuTimes, parseNetwork, parseProcessIo } from "./proc-files.js";

/** What only grows, at one moment. What cannot be found out is absent. */
export interface MachineCounters {
  /** Milliseconds of a clock that never goes back. */
  readonly atMs: number;
  /** CPU time of this process, microseconds. */
  readonly processCpuUs: number;
  readonly cpu?: CpuTimes;
  readonly disk?: ByteCounts;
  readonly network?: ByteCounts;
}

/** Gives the text of a file of /proc; throws where there is none. */
export type ReadProc = (path: string) => string;

const readProc: ReadProc = (path) => readFileSync(path, "utf8");

/**
 * Reads the counters now: on Linux from /proc, which answers from memory; elsewhere CPU time alone, because nothing tells
 * the rest without starting a program.
 */
export function readCounters(read: ReadProc = readProc, platform: string = process.platform): MachineCounters {
  const { user, system } = process.cpuUsage();
  const counters = { atMs: performance.now(), processCpuUs: user + system };
  if (platform !== "linux") return { ...counters, cpu: cpuTimes() };
  const from = <Value>(path: string, parse: (text: string) => Value | undefined): Value | undefined => {
    try {
      return parse(read(path));
    } catch {
      return undefined;
    }
  };
  return {
    ...counters,
    cpu: from("/proc/stat", parseCpuTimes),
    disk: from("/proc/self/io", parseProcessIo),
    network: from("/proc/self/net/dev", parseNetwork),
  };
}

function cpuTimes(): CpuTimes | undefined {
  let busy = 0;
  let total = 0;
  for (const { times } of cpus()) {
    const { user, nice, sys, idle, irq } = times;
    busy += user + nice + sys + irq;
    total += user + nice + sys + irq + idle;
  }
  return total === 0 ? undefined : { busy, total };
}

/** Shorter spans tell nothing: the system counts CPU time in hundredths of a second. */
const shortestMs = 100;

/** Metrics of what went on between two readings; none where they are too close. */
export function ratesBetween(before: MachineCounters, after: MachineCounters): Record<string, number> {
  const spanMs = after.atMs - before.atMs;
  if (spanMs < shortestMs) return {};
  const rates: Record<string, number> = {
    "system/processCpuPercent": (after.processCpuUs - before.processCpuUs) / 10 / spanMs,
  };
  const total = (after.cpu?.total ?? 0) - (before.cpu?.total ?? 0);
  if (before.cpu && after.cpu && total > 0) {
    rates["system/cpuPercent"] = clamp(((after.cpu.busy - before.cpu.busy) / total) * 100, 100);
  }
  const perSecond = (name: string, from: number | undefined, to: number | undefined): void => {
    if (from !== undefined && to !== undefined) rates[name] = clamp(((to - from) / spanMs) * 1000);
  };
  perSecond("system/diskReadBytesPerSecond", before.disk?.in, after.disk?.in);
  perSecond("system/diskWriteBytesPerSecond", before.disk?.out, after.disk?.out);
  perSecond("system/networkReceivedBytesPerSecond", before.network?.in, after.network?.in);
  perSecond("system/networkSentBytesPerSecond", before.network?.out, after.network?.out);
  return rates;
}

/** Counters may go back: an interface goes, idle time is corrected. */
function clamp(value: number, most = Number.POSITIVE_INFINITY): number {
  return Math.min(most, Math.max(0, value));
}
