import type { DeviceInfo } from "../../contracts/compute-backend.js";

/** A device in words: `AMD EPYC, 2 threads, avx512, onnxruntime 1.30.0`. */
export function describeDevice({ kind, name, runtime, note, threads, instructionSet }: DeviceInfo): string {
  const processor =
    kind === "cpu" ? [name, `${threads} ${threads === 1 ? "thread" : "threads"}`] : [`${name} (${kind})`];
  return [...processor, instructionSet, runtime, note].filter(Boolean).join(", ");
}
