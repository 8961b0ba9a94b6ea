import { readFileSync } from "node:fs";

/**
 * Most bytes of memory that this process has held: VmHWM, where the system tells it. The resource usage's figure is only
 * second choice: on Linux a child starts with its parent's.
 */
export function peakMemoryBytes() {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
