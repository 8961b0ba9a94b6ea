import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import type { ComputeFacts } from "../contracts/compute-backend.js";

/** What a run may take: `compute.memoryLimitBytes`, else what is free. */
export interface MemoryLimit {
  readonly bytes: number;
  readonly from: typeof limitKey | "the container's limit" | "free memory";
}

/** The config key of a limit. */
export const limitKey = "compute.memoryLimitBytes";

/** Share of the free memory that is likely still free when a plan was read and changed. */
const lastingShare = 0.95;

/** What a change of a plan may count on: all of a limit that is set, and not quite all of what happens to be free. */
export function lastingBytes({ bytes, from }: MemoryLimit): number {
  return from === "free memory" ? Math.floor(bytes * lastingShare) : bytes;
}

/**
 * The limit that the compute backend tells, or what the system says is available, which is never more than a container
 * may have.
 *
 * @param containerBytes what this process's container may have; 0, or more than there is, where there is no limit
 */
export function memoryLimit(
  { memoryLimitBytes }: ComputeFacts,
  containerBytes: number = process.constrainedMemory(),
): MemoryLimit {
  if (memoryLimitBytes !== undefined) return { bytes: memoryLimitBytes, from: limitKey };
  const bytes = freeBytes();
  if (containerBytes > 0 && containerBytes < bytes) return { bytes: containerBytes, from: "the container's limit" };
  return { bytes, from: "free memory" };
}

/** What Linux could give without swapping; elsewhere all that there is. */
export function freeBytes(): number {
  return availableBytes() ?? totalmem();
}

function availableBytes(): number | undefined {
  try {
    const line = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"));
    return line ? Number(line[1]) * 1024 : undefined;
  } catch {
    return undefined;
  }
}
