import { expect } from "chai";
import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";
import { chooseDevice, type DeviceProbes, hasCudaProvider } from "#src/device/choose-device.js";
import type { VulkanDevice } from "#src/device/vulkan-devices.js";

const gpu = (type: VulkanDevice["type"]): VulkanDevice => ({ name: `a ${type} GPU`, type, storageLimitBytes: 2 ** 27 });

/** A machine with a GPU's device file and these Vulkan devices. */
const machine = (devices: readonly VulkanDevice[], more: Partial<DeviceProbes> = {}): DeviceProbes => ({
  hasGpuFile: () => true,
  hasNvidiaFile: () => false,
  hasCudaProvider: () => false,
  vulkan: async () => (devices.length > 0 ? { devices } : { devices, missing: "no driver" }),
  ...more,
});
const auto = { device: "auto", runtime: "auto" } as const;

describe("chooseDevice", () => {
  it("gives the device that was asked for, and looks at nothing", async () => {
    const never = (): never => expect.fail("it looked");
    const probes = { hasGpuFile: never, hasNvidiaFile: never, hasCudaProvider: never, vulkan: never };
    expect(await chooseDevice({ device: "webgpu", runtime: "auto" }, undefined, probes)).to.equal("webgpu");
  });

  it("takes the processor without loading Vulkan where the system shows no GPU", async () => {
    const probes = machine([], { hasGpuFile: () => false, vulkan: () => expect.fail("Vulkan was loaded") });
    expect(await chooseDevice(auto, undefined, probes)).to.equal("cpu");
  });

  const choices = [
    ["discrete", "webgpu"],
    ["integrated", "cpu"],
    ["software", "cpu"],
    ["virtual", "cpu"],
  ] as const;
  for (const [type, device] of choices) {
    it(`takes ${device} where Vulkan lists a ${type} GPU`, async () => {
      expect(await chooseDevice(auto, undefined, machine([gpu(type)]))).to.equal(device);
    });
  }

  it("takes CUDA where its provider is installed", async () => {
    const cuda = { hasNvidiaFile: () => true, hasCudaProvider: () => true };
    expect(await chooseDevice(auto, undefined, machine([gpu("discrete")], cuda))).to.equal("cuda");
    const noDriver = { hasCudaProvider: () => true };
    expect(await chooseDevice(auto, undefined, machine([gpu("discrete")], noDriver))).to.equal("webgpu");
  });

  it("takes the processor when Vulkan fails", async () => {
    const probes = machine([], { vulkan: () => Promise.reject(new Error("no loader")) });
    expect(await chooseDevice(auto, undefined, probes)).to.equal("cpu");
  });
});

describe("auto", () => {
  it("goes on with the processor when the GPU does not open, and says why", async function () {
    if (hasCudaProvider()) this.skip(); // The provider is installed here: the GPU might open.
    const probes = machine([], { hasNvidiaFile: () => true, hasCudaProvider: () => true });
    const warnings: unknown[] = [];
    const logger = { debug() {}, info() {}, error() {}, warn: (...entry: unknown[]) => warnings.push(entry) };
    const options = computeOnnxOptions.parse({ native: false });
    const backend = await createOnnxBackend(options, logger, undefined, probes);
    await backend.dispose();
    expect(backend.device.kind).to.equal("cpu");
    expect(warnings).to.have.length(1);
    expect(JSON.stringify(warnings)).to.match(/goes on with cpu.*"device":"cuda".*provider is not installed/);
  });
});

describe("a device that is missing", () => {
  const failureOf = (options: object) =>
    createOnnxBackend(computeOnnxOptions.parse(options)).then(
      () => expect.fail("it did not fail"),
      (error: unknown) => error,
    );

  it("is an error that says how to get CUDA's provider", async function () {
    if (hasCudaProvider()) this.skip(); // The provider is installed here.
    const error = await failureOf({ device: "cuda" });
    expect(error).to.include({ code: "CODEX_COMPUTE_DEVICE_MISSING" });
    expect(String((error as { fix: string }).fix)).to.match(/libonnxruntime_providers_cuda/);
  });

  it("is never opened by the Node binding", async () => {
    expect(await failureOf({ device: "webgpu", runtime: "binding" })).to.include({
      code: "CODEX_COMPUTE_DEVICE_MISSING",
    });
  });
});
