import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { checkDevices } from "#src/device/check-devices.js";
import type { DeviceProbes } from "#src/device/choose-device.js";
import { findVulkan } from "#src/device/vulkan-devices.js";

const bare: DeviceProbes = {
  hasNvidiaFile: () => false,
  hasCudaProvider: () => false,
  vulkan: async () => ({ devices: [], missing: "no driver" }),
};
const found = async (probes: Partial<DeviceProbes>, platform = "linux") =>
  (await checkDevices({ ...bare, ...probes }, platform)).map(({ status, detail }) => `${status} ${detail}`);

describe("checkDevices", () => {
  it("says why there is no device, and fails nothing", async () => {
    expect(await found({})).to.deep.equal([
      "note webgpu: no driver",
      "note cuda: not installed; only compute.device=cuda needs it, with an NVIDIA GPU: " +
        "npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12",
    ]);
  });

  it("names every device and its kind", async () => {
    const devices = [
      { name: "a GPU", type: "discrete", storageLimitBytes: 1 },
      { name: "a driver", type: "software", storageLimitBytes: 1 },
    ] as const;
    const [webgpu, cuda] = await found({
      hasNvidiaFile: () => true,
      hasCudaProvider: () => true,
      vulkan: async () => ({ devices }),
    });
    expect(webgpu).to.equal("ok webgpu: a GPU (discrete), a driver (software)");
    expect(cuda).to.match(/^ok .*installed, and an NVIDIA device is there/);
  });

  it("goes on when a probe throws", async () => {
    const fails = () => {
      throw new Error("broken");
    };
    expect(await found({ hasCudaProvider: fails, vulkan: fails })).to.deep.equal([
      "note webgpu: Vulkan cannot be asked: broken",
      "note cuda: broken",
    ]);
  });

  it("asks no driver outside Linux", async () => {
    expect((await found({ vulkan: () => expect.fail("it asked") }, "darwin"))[0]).to.match(/listed on Linux alone/);
  });
});

describe("findVulkan", () => {
  it("says that the loader is missing", async () => {
    const { default: koffi } = await import("koffi");
    const { devices, missing } = findVulkan(koffi, "libvulkan-that-is-nowhere.so");
    expect(devices).to.deep.equal([]);
    expect(missing).to.match(/loader, libvulkan-that-is-nowhere.so, is not installed/);
  });

  // koffi takes a size until a library is loaded, or fails to load.
  it("leaves the runtime, which is loaded after it, large stacks", async () => {
    const module = (path: string) => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);
    const script = `
      import koffi from "koffi";
      import { findVulkan } from ${module("device/vulkan-devices.ts")};
      findVulkan(koffi, "libvulkan-that-is-nowhere.so");
      console.log(koffi.config().async_stack_size);`;
    const args = ["--import", "@oxc-node/core/register", "--input-type=module", "--eval", script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname });
    expect(Number(stdout)).to.be.at.least(4 * 1024 * 1024);
  });
});
