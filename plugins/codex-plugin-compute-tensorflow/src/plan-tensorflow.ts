import type { ComputeFacts } from "codex-core";
import type { ComputeTensorflowOptions } from "./options.js";

/**
 * What a plan is told. Where `auto` will run is known only to TensorFlow itself, and how much memory eager steps take
 * does not follow from the model's sizes: both are left unknown.
 */
export function planTensorflow({ device, dtype, memoryLimitBytes }: ComputeTensorflowOptions): ComputeFacts {
  return {
    ...(device === "auto" ? {} : { device }),
    dtype,
    dtypes: ["float32"],
    ...(memoryLimitBytes && { memoryLimitBytes }),
  };
}
