import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Logger } from "codex-core";
import type { ComputeOnnxOptions } from "../options.js";
import { runtimeLibraryPath, runtimePackageFolder } from "../runtime/library-path.js";
import { type FoundVulkan, findVulkan } from "./vulkan-devices.js";

/** What a choice looks at, cheapest first; tests replace it. */
export interface DeviceProbes {
  /** Whether the kernel has a GPU's device file: a look into a folder. */
  hasGpuFile(): boolean;
  /** Whether NVIDIA's driver has made a device file. */
  hasNvidiaFile(): boolean;
  /** Whether ONNX Runtime's CUDA provider is there. */
  hasCudaProvider(): boolean;
  /** Loads Vulkan's drivers. */
  vulkan(): Promise<FoundVulkan>;
}

/** This machine. */
export const machineProbes: DeviceProbes = {
  hasGpuFile: () => namesIn("/dev/dri").some((name) => name.startsWith("renderD")) || hasNvidiaFile(),
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
 * The device to run on. `auto` takes CUDA where its provider is installed, WebGPU where Vulkan lists a discrete GPU, and
 * else the processor; the log says why. Integrated and software GPUs are there to be asked for.
 */
export async function chooseDevice(
  { device, runtime }: Pick<ComputeOnnxOptions, "device" | "runtime">,
  logger?: Logger,
  probes: DeviceProbes = machineProbes,
): Promise<"cpu" | "webgpu" | "cuda"> {
  if (device !== "auto") return device;
  const [chosen, why] = await best(runtime, probes);
  logger?.info(`compute.device auto takes ${chosen}: ${why}.`);
  return chosen;
}

async function best(runtime: string, probes: DeviceProbes): Promise<readonly ["cpu" | "webgpu" | "cuda", string]> {
  if (runtime === "binding") return ["cpu", "compute.runtime is binding, which runs on the processor alone"];
  if (!probes.hasGpuFile()) return ["cpu", "the system shows no GPU"];
  if (probes.hasNvidiaFile() && probes.hasCudaProvider())
    return ["cuda", "an NVIDIA GPU and ONNX Runtime's CUDA provider are there"];
  let found: FoundVulkan;
  try {
    found = await probes.vulkan();
  } catch (error) {
    return ["cpu", `Vulkan cannot be asked for GPUs: ${(error as Error).message}`];
  }
  const { devices, missing } = found;
  const discrete = devices.find(({ type }) => type === "discrete");
  if (discrete) return ["webgpu", `Vulkan lists ${discrete.name}`];
  const others = devices.map(({ name, type }) => `${name} (${type})`).join(", ");
  return ["cpu", missing ?? `Vulkan lists no discrete GPU, only ${others}`];
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
