import { computeErrors } from "codex-core";
import { z } from "zod";

/** Options of `compute: { type: wasm }`. */
export const computeWasmOptions = z
  .strictObject({
    device: z.enum(["auto", "cpu"]).default("auto").describe("Where programs run: auto and cpu are the same here."),
    dtype: z.enum(["float32"]).default("float32").describe("Element type of parameters and activations."),
    threads: z
      .int()
      .min(1)
      .max(1024)
      .optional()
      .meta({ "x-codex-effect": "observing", "x-codex-unit": "threads" })
      .describe("Taken so that a config fits every backend: WebAssembly under Node computes on one thread."),
    memoryLimitBytes: z
      .int()
      .min(1)
      .optional()
      .meta({ "x-codex-effect": "observing", "x-codex-unit": "bytes" })
      .describe(
        "Most memory of all tensors together; a plan counts the process too. Default: the 4 GiB that WebAssembly has; a plan takes what is free.",
      ),
  })
  .describe("Slow and simple, on WebAssembly: the reference, and the way out where no native library runs.");

export type ComputeWasmOptions = z.output<typeof computeWasmOptions>;

/**
 * Refuses what this backend cannot compute on or in, for callers that do not validate options.
 *
 * @throws CODEX_COMPUTE_DEVICE, CODEX_COMPUTE_DTYPE
 */
export function checkDevice(device: string, dtype: string): void {
  if (device !== "auto" && device !== "cpu") {
    throw computeErrors.CODEX_COMPUTE_DEVICE({
      what: `The wasm backend does not run on the device ${device}; it runs on auto or cpu.`,
      where: "compute.device",
    });
  }
  if (dtype !== "float32") {
    throw computeErrors.CODEX_COMPUTE_DTYPE({
      what: `The device cpu does not compute in ${dtype}; it computes in float32.`,
      where: "compute.dtype",
    });
  }
}
