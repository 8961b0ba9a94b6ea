import type { ComputeFacts } from "codex-core";
import type { ComputeWasmOptions } from "./options.js";

/** What a plan is told. How much memory eager steps take does not follow from the model's sizes: it is left unknown. */
export function planWasm({ dtype, memoryLimitBytes }: ComputeWasmOptions): ComputeFacts {
  return { device: "cpu", dtype, dtypes: ["float32"], ...(memoryLimitBytes && { memoryLimitBytes }) };
}
