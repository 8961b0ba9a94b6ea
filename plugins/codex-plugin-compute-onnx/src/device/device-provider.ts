import type { Target } from "../target/target.js";
import { cudaTarget } from "../target/target.js";
import { webgpuTarget } from "../target/webgpu-target.js";

/** One of ONNX Runtime's execution providers that computes on a device with memory of its own. */
export interface DeviceProvider {
  readonly target: Target;
  /** What the runtime calls the provider's memory. */
  readonly memoryName: string;
  /**
   * Sessions may be told to refuse operators that the provider does not have. Where nobody has tried each operator, the
   * runtime may share a session between the device and the processor.
   */
  readonly isStrict: boolean;
}

export const webgpuProvider: DeviceProvider = {
  target: webgpuTarget,
  memoryName: "WebGPU_Buffer",
  isStrict: true,
};

export const cudaProvider: DeviceProvider = { target: cudaTarget, memoryName: "Cuda", isStrict: false };
