import { computeErrors } from "codex-core";
import { z } from "zod";

const devices = ["auto", "cpu", "cuda"] as const;

/** Options of `compute: { type: tensorflow }`. */
export const computeTensorflowOptions = z
  .strictObject({
    device: z
      .enum(devices)
      .default("auto")
      .describe("Where programs run: auto takes an NVIDIA GPU where one can be used."),
    dtype: z.enum(["float32"]).default("float32").describe("Element type of parameters and activations."),
    memoryLimitBytes: z
      .int()
      .min(1)
      .optional()
      .meta({ "x-codex-effect": "observing", "x-codex-unit": "bytes" })
      .describe(
        "Most memory of all tensors together; a plan counts the process too. Default: none; a plan takes what is free.",
      ),
  })
  .describe("Runs each operation at once, on TensorFlow, through `@tensorflow/tfjs-node`.");

export type ComputeTensorflowOptions = z.output<typeof computeTensorflowOptions>;

/**
 * Refuses what this backend cannot compute on or in, for callers that do not validate options.
 *
 * @throws CODEX_COMPUTE_DEVICE, CODEX_COMPUTE_DTYPE
 */
export function checkOptions({ device, dtype }: { readonly device: string; readonly dtype: string }): void {
  if (!(devices as readonly string[]).includes(device)) {
    throw computeErrors.CODEX_COMPUTE_DEVICE({
      what: `The tensorflow backend does not run on the device ${device}; it runs on ${devices.join(", ")}.`,
      where: "compute.device",
    });
  }
  if (dtype !== "float32") {
    throw computeErrors.CODEX_COMPUTE_DTYPE({
      what: `The tensorflow backend does not compute in ${dtype}; it computes in float32.`,
      where: "compute.dtype",
    });
  }
}
