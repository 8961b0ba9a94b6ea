import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import type { ComputeFacts } from "../contracts/compute-backend.js";

/** What a run may take: `compute.memoryLimitBytes`, else what is free. */
export interface MemoryLimit {
  readonly bytes: number;
  readonly from: string;
}

/** The limit that the compute backend tells, or what the system says is available. */
export function memoryLimit({ memoryLimitBytes }: ComputeFacts): MemoryLimit {
  if (memoryLimitBytes !== undefined) return { bytes: memoryLimitBytes, from: "compute.memoryLimitBytes" };
  return { bytes: availableBytes() ?? totalmem(), from: "free memory" };
}

/** What Linux could give without swapping; undefined elsewhere. */
function availableBytes(): number | undefined {
  try {
    const line = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"));
    return line ? Number(line[1]) * 1024 : undefined;
  } catch {
    return undefined;
  }
}
