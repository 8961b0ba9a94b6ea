import type { ComputeFacts } from "codex-core";
import type { ComputeOnnxOptions } from "./options.js";

/** Resident bytes of a training process with the runtime loaded and nothing computed, measured (docs/plan.md). */
const processBytes = 197e6;

/**
 * Peak of a microStep's memory over what the forward pass keeps, measured (docs/plan.md): gradients of activations,
 * and what the runtime's arena loses between blocks of other sizes.
 */
const activationPeak = 1.38;

/** What a run on this backend needs beside what its model says. Touches no device. */
export function planOnnx({ device, dtype, memoryLimitBytes }: ComputeOnnxOptions): ComputeFacts {
  return {
    device: device === "auto" ? "cpu" : device,
    dtype,
    dtypes: ["float32"],
    processBytes,
    activationPeak,
    ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }),
  };
}
