import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { type ProcessorLimits, readProcessorLimits } from "./processor-limits.js";

/** What is known of this machine's processor. */
export interface Processor {
  readonly name: string;
  /** Cores that this process may use by its affinity and quota, without hardware threads of one core. */
  readonly physicalCores: number;
  /** `avx512`, `avx2`, `neon`, or the architecture's name where nothing tells. */
  readonly instructionSet: string;
}

/** Looks at the processor; quick, and never fails. */
export function describeProcessor(
  cpuInfo: string = readCpuInfo(),
  arch: string = process.arch,
  limits: ProcessorLimits = readProcessorLimits(),
  parallelism: number = availableParallelism(),
): Processor {
  const usable = Math.min(parallelism, Math.floor(limits.quota ?? parallelism));
  const cores = countCores(cpuInfo, limits.allowed);
  return {
    name: cpus()[0]?.model.trim() || arch,
    physicalCores: Math.max(1, cores ? Math.min(usable, cores) : usable),
    instructionSet: instructionSet(cpuInfo, arch),
  };
}

/** Linux tells sockets, cores and instruction sets here; other systems have no such file. */
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

function instructionSet(cpuInfo: string, arch: string): string {
  if (arch === "arm64") return "neon";
  const flags = new Set(/^flags\s*:(.*)$/m.exec(cpuInfo)?.[1]?.trim().split(/\s+/));
  if (flags.has("avx512f")) return "avx512";
  if (flags.has("avx2")) return "avx2";
  return arch;
}
