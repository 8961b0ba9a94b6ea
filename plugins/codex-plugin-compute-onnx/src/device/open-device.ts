import { availableCores, type DeviceInfo, isCodexError, type Logger } from "codex-core";
import { computeOnnxErrors } from "../errors.js";
import type { ComputeOnnxOptions } from "../options.js";
import { refuseTelemetry } from "../runtime/create-runtime.js";
import { runtimeLibraryPath, runtimePackageFolder } from "../runtime/library-path.js";
import { loadOrtApi } from "../runtime/ort-api.js";
import { MemoryBudget } from "../state/memory-budget.js";
import { hasCudaProvider } from "./choose-device.js";
import { DeviceEngine } from "./device-engine.js";
import { DeviceMemory } from "./device-memory.js";
import { cudaProvider, webgpuProvider } from "./device-provider.js";
import { findVulkan, type VulkanDevice } from "./vulkan-devices.js";

/** Puts ONNX Runtime's CUDA provider beside its library. */
export const cudaCommand = "npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12";

/** How to get a device that is missing. */
const fixes = {
  webgpu:
    "Install a Vulkan driver of your GPU and its loader (Debian: `apt-get install libvulkan1 mesa-vulkan-drivers`, or " +
    "NVIDIA's own driver), or set compute.device to cpu.",
  cuda:
    "Put libonnxruntime_providers_cuda.so and libonnxruntime_providers_shared.so of the same version, from the NuGet " +
    "package Microsoft.ML.OnnxRuntime.Gpu.Linux, beside onnxruntime-node's own library (its install script does it: " +
    `\`${cudaCommand}\`), install CUDA 12 and cuDNN 9, or set compute.device to webgpu or cpu.`,
} as const;

/** A device that is open. */
export interface OpenedDevice {
  readonly engine: DeviceEngine;
  readonly info: DeviceInfo;
}

/**
 * Opens a device.
 *
 * @throws CODEX_COMPUTE_DEVICE_MISSING when it, its driver or its provider is missing.
 * @throws CODEX_COMPUTE_RUNTIME_MISSING, CODEX_COMPUTE_RUNTIME_VERSION
 */
export async function openDevice(
  kind: "webgpu" | "cuda",
  { runtime, threads, memoryLimitBytes }: Pick<ComputeOnnxOptions, "runtime" | "threads" | "memoryLimitBytes">,
  logger?: Logger,
): Promise<OpenedDevice> {
  if (runtime === "binding") {
    throw missing(kind, "compute.runtime binding runs on the processor alone.", "Set compute.runtime to auto.");
  }
  refuseTelemetry();
  const koffi = await import("koffi").then(
    (module) => module.default,
    (cause: Error) => {
      throw missing(kind, `koffi does not load: ${cause.message}`, "Reinstall with `npm install koffi`.", cause);
    },
  );
  const api = loadOrtApi(koffi, runtimeLibraryPath(runtimePackageFolder()));
  if (kind === "cuda" && !hasCudaProvider()) throw missing(kind, "ONNX Runtime's CUDA provider is not installed.");
  const found = kind === "webgpu" && process.platform === "linux" ? findVulkan(koffi) : undefined;
  const vulkan = found && bestOf(found.devices);
  const hostThreads = threads ?? availableCores();
  let memory: DeviceMemory;
  try {
    const provider = kind === "cuda" ? cudaProvider : webgpuProvider;
    memory = await DeviceMemory.open(api, provider, new MemoryBudget(memoryLimitBytes), hostThreads);
  } catch (error) {
    const why = isCodexError(error) ? error.what : String(error);
    throw missing(kind, found?.missing === undefined ? why : `${found.missing}.`, fixes[kind], error);
  }
  const info: DeviceInfo = {
    kind,
    name: vulkan ? vulkan.name : kind === "cuda" ? "CUDA device 0" : "WebGPU adapter",
    runtime: `onnxruntime ${api.version}`,
    dtypes: ["float32"],
    threads: hostThreads,
    instructionSet: "",
  };
  return { engine: new DeviceEngine(memory, vulkan?.storageLimitBytes, logger), info };
}

/** The device that the runtime takes: it asks for high performance. With equal ones it may take another. */
function bestOf(devices: readonly VulkanDevice[]): VulkanDevice | undefined {
  const order = ["discrete", "integrated", "virtual", "other", "software"];
  return [...devices].sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type))[0];
}

function missing(kind: "webgpu" | "cuda", why: string, fix: string = fixes[kind], cause?: unknown): Error {
  const what = `The device ${kind} cannot be opened: ${why}`;
  return computeOnnxErrors.CODEX_COMPUTE_DEVICE_MISSING({ what, where: "compute.device", fix, cause });
}
