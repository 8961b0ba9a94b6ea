import type { PartFinding } from "codex-core";
import { type DeviceProbes, machineProbes } from "./choose-device.js";

/** The devices beside the processor, and why one is not there, for `codex doctor`. Opens none. */
export async function checkDevices(
  probes: DeviceProbes = machineProbes,
  platform: string = process.platform,
): Promise<readonly PartFinding[]> {
  const details = [`webgpu: ${await describeWebgpu(probes, platform)}`, `cuda: ${describeCuda(probes)}`];
  return details.map((detail) => ({ status: "ok", detail }));
}

/** Only Linux's driver can be asked without opening the device. */
async function describeWebgpu(probes: DeviceProbes, platform: string): Promise<string> {
  if (platform !== "linux") return "in the runtime; its devices are listed on Linux alone";
  try {
    const { devices, missing } = await probes.vulkan();
    return missing ?? devices.map(({ name, type }) => `${name} (${type})`).join(", ");
  } catch (error) {
    return `Vulkan cannot be asked: ${(error as Error).message}`;
  }
}

function describeCuda(probes: DeviceProbes): string {
  try {
    if (!probes.hasCudaProvider()) return "ONNX Runtime's provider is not installed";
    return `ONNX Runtime's provider is installed, and ${probes.hasNvidiaFile() ? "an" : "no"} NVIDIA device is there`;
  } catch (error) {
    return (error as Error).message;
  }
}
