import { readFileSync } from "node:fs";
import { cpus } from "node:os";

/** What is known of this machine's processor. */
export interface Processor {
  readonly name: string;
  /** `avx512`, `avx2`, `neon`, or the architecture's name where nothing tells. */
  readonly instructionSet: string;
}

/** Looks at the processor; quick, and never fails. */
export function describeProcessor(cpuInfo: string = readCpuInfo(), arch: string = process.arch): Processor {
  return { name: cpus()[0]?.model.trim() || arch, instructionSet: instructionSet(cpuInfo, arch) };
}

/** Linux tells instruction sets here; other systems have no such file. */
function readCpuInfo(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return "";
  }
}

function instructionSet(cpuInfo: string, arch: string): string {
  if (arch === "arm64") return "neon";
  const flags = new Set(/^flags\s*:(.*)$/m.exec(cpuInfo)?.[1]?.trim().split(/\s+/));
  if (flags.has("avx512f")) return "avx512";
  if (flags.has("avx2")) return "avx2";
  return arch;
}
