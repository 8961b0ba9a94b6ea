import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DeviceInfo } from "../../contracts/compute-backend.js";

/** The device that the run's environment.json tells of: `AMD EPYC, 2 threads, avx512, onnxruntime 1.30.0`. */
export function describeDevice(runFolder: string): string {
  const device = readDevice(join(runFolder, "environment.json"));
  if (!device) return "unknown";
  const { kind, name, runtime, threads, instructionSet } = device;
  const processor =
    kind === "cpu" ? [name, `${threads} ${threads === 1 ? "thread" : "threads"}`] : [`${name} (${kind})`];
  return [...processor, instructionSet, runtime].filter(Boolean).join(", ");
}

function readDevice(path: string): DeviceInfo | undefined {
  try {
    const { device }: { device?: DeviceInfo } = JSON.parse(readFileSync(path, "utf8"));
    return device;
  } catch {
    return undefined;
  }
}
