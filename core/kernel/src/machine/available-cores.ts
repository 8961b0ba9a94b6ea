import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { type ProcessorLimits, readProcessorLimits } from "./processor-limits.js";

/**
 * Cores that this process may use by its affinity and quota, hardware threads of one core once; at least one. What
 * starts threads by default shares these out (docs/threads.md). Quick, and never fails.
 */
export function availableCores(
  cpuInfo: string = readCpuInfo(),
  limits: ProcessorLimits = readProcessorLimits(),
  parallelism: number = availableParallelism(),
): number {
  const usable = Math.min(parallelism, Math.floor(limits.quota ?? parallelism));
  const cores = countCores(cpuInfo, limits.allowed);
  return Math.max(1, cores ? Math.min(usable, cores) : usable);
}

/** Linux tells sockets and cores here; other systems have no such file. */
function readCpuInfo(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return "";
  }
}

function countCores(cpuInfo: string, allowed?: ReadonlySet<number>): number {
  const cores = new Set<string>();
  for (const block of cpuInfo.split("\n\n")) {
    const number = /^processor\s*:\s*(\d+)/m.exec(block)?.[1];
    if (allowed && number !== undefined && !allowed.has(Number(number))) continue;
    const socket = /^physical id\s*:\s*(\d+)/m.exec(block)?.[1];
    const core = /^core id\s*:\s*(\d+)/m.exec(block)?.[1];
    if (core !== undefined) cores.add(`${socket}/${core}`);
  }
  return cores.size;
}
