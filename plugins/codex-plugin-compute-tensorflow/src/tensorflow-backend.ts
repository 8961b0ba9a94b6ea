import { availableParallelism, cpus } from "node:os";
import type { Tensor } from "@tensorflow/tfjs-core";
import { type ComputeBackend, computeErrors, type DeviceInfo } from "codex-core";
import { EagerBackend, type EagerMemory } from "codex-nn";
import { loadTensorflow, type TensorflowRuntime, tensorflowBackendName } from "./load-tensorflow.js";
import { type ComputeTensorflowOptions, checkOptions } from "./options.js";
import type { Variant } from "./runtime-folder.js";

/** How TensorFlow says that memory is short: its status RESOURCE_EXHAUSTED, and what its allocators report. */
const memoryMessage = /Invalid TF_Status: 8\b|OOM when allocating/;

/** Variants that serve a device, the best first. */
const variantsFor: { readonly [device in ComputeTensorflowOptions["device"]]: readonly Variant[] } = {
  auto: ["gpu", "cpu"],
  cpu: ["cpu"],
  cuda: ["gpu"],
};

/**
 * Computes on TensorFlow, calling a program's body at every run.
 *
 * @throws CODEX_COMPUTE_DEVICE, CODEX_COMPUTE_DTYPE, CODEX_COMPUTE_RUNTIME_MISSING
 */
export async function createTensorflowBackend(
  options: Partial<ComputeTensorflowOptions> = {},
): Promise<ComputeBackend<Tensor>> {
  const { device = "auto", dtype = "float32", memoryLimitBytes } = options;
  checkOptions({ device, dtype });
  const runtime = await loadTensorflow(variantsFor[device]);
  if (device === "cuda" && !runtime.usesGpu) {
    throw computeErrors.CODEX_COMPUTE_DEVICE({
      what: "TensorFlow finds no NVIDIA GPU that it can use.",
      where: "compute.device",
      fix: "Check the driver with `nvidia-smi`, or set compute.device to auto or cpu.",
    });
  }
  const memory: EagerMemory = {
    within: (work) => runtime.memory.within(memoryLimitBytes, work),
    isShort: ({ message }) => memoryMessage.test(message),
  };
  const parts = { device: describe(runtime), backendName: tensorflowBackendName };
  return new EagerBackend({ ...parts, errors: computeErrors, memory });
}

function describe({ version, usesGpu }: TensorflowRuntime): DeviceInfo {
  return Object.freeze<DeviceInfo>({
    kind: usesGpu ? "cuda" : "cpu",
    name: usesGpu ? "NVIDIA GPU" : (cpus()[0]?.model.trim() ?? "cpu"),
    runtime: `tensorflow ${version}`,
    dtypes: ["float32"],
    threads: availableParallelism(),
    instructionSet: usesGpu ? "cuda" : process.arch,
  });
}
