import type { PartFinding } from "codex-core";
import { type DeviceProbes, machineProbes } from "./choose-device.js";
import { cudaCommand } from "./open-device.js";

/** The devices beside the processor, and why one is not there, for `codex doctor`. Opens none. */
export async function checkDevices(
  probes: DeviceProbes = machineProbes,
  platform: string = process.platform,
): Promise<readonly PartFinding[]> {
  return [await checkWebgpu(probes, platform), checkCuda(probes)];
}

const found = (detail: string): PartFinding => ({ status: "ok", detail });
const notThere = (detail: string): PartFinding => ({ status: "note", detail });

/** Only Linux's driver can be asked without opening the device. */
async function checkWebgpu(probes: DeviceProbes, platform: string): Promise<PartFinding> {
  if (platform !== "linux") return found("webgpu: in the runtime; its devices are listed on Linux alone");
  try {
    const { devices, missing } = await probes.vulkan();
    if (missing) return notThere(`webgpu: ${missing}`);
    return found(`webgpu: ${devices.map(({ name, type }) => `${name} (${type})`).join(", ")}`);
  } catch (error) {
    return notThere(`webgpu: Vulkan cannot be asked: ${(error as Error).message}`);
  }
}

function checkCuda(probes: DeviceProbes): PartFinding {
  try {
    if (!probes.hasCudaProvider()) {
      return notThere(`cuda: not installed; only compute.device=cuda needs it, with an NVIDIA GPU: ${cudaCommand}`);
    }
    return probes.hasNvidiaFile()
      ? found("cuda: ONNX Runtime's provider is installed, and an NVIDIA device is there")
      : notThere("cuda: ONNX Runtime's provider is installed, and no NVIDIA device is there");
  } catch (error) {
    return notThere(`cuda: ${(error as Error).message}`);
  }
}
