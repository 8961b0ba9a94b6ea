import { computeErrors } from "codex-core";
import { z } from "zod";

const observing = { "x-codex-effect": "observing" } as const;

const devices = ["auto", "cpu", "webgpu", "cuda"] as const;

/** Options of `compute: { type: onnx }`. */
export const computeOnnxOptions = z
  .strictObject({
    device: z
      .enum(devices)
      .default("auto")
      .describe("Where programs run: auto takes CUDA where its provider is installed, else the processor."),
    dtype: z.enum(["float32"]).default("float32").describe("Element type of parameters and activations."),
    threads: z
      .int()
      .min(1)
      .max(1024)
      .optional()
      .meta(observing)
      .meta({ "x-codex-unit": "threads" })
      .describe("Threads of one operator. Default: the processor's cores. Results do not depend on it."),
    native: z
      .boolean()
      .default(true)
      .describe("Whether to use native operators, where a C++ compiler built them: faster, in less memory."),
    memoryLimitBytes: z
      .int()
      .min(1)
      .optional()
      .meta(observing)
      .meta({ "x-codex-unit": "bytes" })
      .describe(
        "Most memory for state, inputs, outputs and values in between; a plan counts the process too. Default: none; a plan takes what is free.",
      ),
    runtime: z
      .enum(["auto", "native-api", "binding"])
      .default("auto")
      .meta(observing)
      .describe("How ONNX Runtime is called: by its C API, or by its Node binding, which is slower and needs no FFI."),
  })
  .describe("The default engine: compiles programs to ONNX once, and runs them on ONNX Runtime.");

export type ComputeOnnxOptions = z.output<typeof computeOnnxOptions>;

/**
 * Refuses what this backend cannot compute on or in, for callers that do not validate options.
 *
 * @throws CODEX_COMPUTE_DEVICE, CODEX_COMPUTE_DTYPE
 */
export function checkDevice(device: string, dtype: string): void {
  if (!(devices as readonly string[]).includes(device)) {
    throw computeErrors.CODEX_COMPUTE_DEVICE({
      what: `The onnx backend does not run on the device ${device}; it runs on ${devices.join(", ")}.`,
      where: "compute.device",
    });
  }
  if (dtype !== "float32") {
    throw computeErrors.CODEX_COMPUTE_DTYPE({
      what: `The onnx backend does not compute in ${dtype}; it computes in float32.`,
      where: "compute.dtype",
    });
  }
}
