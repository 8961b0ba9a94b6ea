import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Logger } from "codex-core";
import type { ComputeOnnxOptions } from "../options.js";
import { runtimeLibraryPath, runtimePackageFolder } from "../runtime/library-path.js";
import { type FoundVulkan, findVulkan } from "./vulkan-devices.js";

/** What is looked at to know which devices are there; tests replace it. */
export interface DeviceProbes {
  /** Whether NVIDIA's driver has made a device file. */
  hasNvidiaFile(): boolean;
  /** Whether ONNX Runtime's CUDA provider is there. */
  hasCudaProvider(): boolean;
  /** Loads Vulkan's drivers. */
  vulkan(): Promise<FoundVulkan>;
}

/** This machine. */
export const machineProbes: DeviceProbes = {
  hasNvidiaFile,
  hasCudaProvider,
  vulkan: async () => findVulkan((await import("koffi")).default),
};

function hasNvidiaFile(): boolean {
  return existsSync("/dev/nvidia0");
}

/** The CUDA provider is a library of its own beside the runtime's. @throws CODEX_COMPUTE_RUNTIME_MISSING */
export function hasCudaProvider(): boolean {
  const folder = dirname(runtimeLibraryPath(runtimePackageFolder()));
  const name = process.platform === "win32" ? "onnxruntime_providers_cuda.dll" : "libonnxruntime_providers_cuda.so";
  return existsSync(join(folder, name));
}

/**
 * The device to run on. `auto` takes CUDA where its provider and an NVIDIA GPU are there, and else the processor; the log
 * says why. WebGPU is there to be asked for (docs/decisions/0011-auto-takes-no-webgpu.md).
 */
export function chooseDevice(
  { device, runtime }: Pick<ComputeOnnxOptions, "device" | "runtime">,
  logger?: Logger,
  probes: DeviceProbes = machineProbes,
): "cpu" | "webgpu" | "cuda" {
  if (device !== "auto") return device;
  const reason = whyNoCuda(runtime, probes);
  const chosen = reason === undefined ? "cuda" : "cpu";
  logger?.info(`compute.device auto takes ${chosen}.`, {
    why: reason ?? "an NVIDIA GPU and ONNX Runtime's CUDA provider are there",
  });
  return chosen;
}

function whyNoCuda(runtime: string, probes: DeviceProbes): string | undefined {
  if (runtime === "binding") return "compute.runtime is binding, which runs on the processor alone";
  if (!probes.hasNvidiaFile()) return "the system shows no NVIDIA GPU, and other GPUs are taken by name alone";
  if (!probes.hasCudaProvider())
    return "ONNX Runtime's CUDA provider is not installed, and WebGPU is taken by name alone";
  return undefined;
}
