import { expect } from "chai";
import { silentLogger } from "codex-core/testing";
import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";
import { chooseDevice, type DeviceProbes, hasCudaProvider } from "#src/device/choose-device.js";

/** A machine with these; Vulkan is not for it to load. */
const machine = (hasNvidiaFile: boolean, hasProvider: boolean): DeviceProbes => ({
  hasNvidiaFile: () => hasNvidiaFile,
  hasCudaProvider: () => hasProvider,
  vulkan: () => expect.fail("Vulkan was loaded"),
});
const auto = { device: "auto", runtime: "auto" } as const;

describe("chooseDevice", () => {
  it("gives the device that was asked for, and looks at nothing", () => {
    const never = (): never => expect.fail("it looked");
    const probes = { hasNvidiaFile: never, hasCudaProvider: never, vulkan: never };
    expect(chooseDevice({ device: "webgpu", runtime: "auto" }, undefined, probes)).to.equal("webgpu");
  });

  it("takes CUDA by itself where an NVIDIA GPU and the provider are there", () => {
    expect(chooseDevice(auto, undefined, machine(true, true))).to.equal("cuda");
  });

  it("takes the processor in every other case, and says why", () => {
    const choice = (options: Parameters<typeof chooseDevice>[0], probes: DeviceProbes) => {
      const reasons: unknown[] = [];
      const logger = { ...silentLogger, info: (_: string, fields?: object) => reasons.push(fields) };
      return `${chooseDevice(options, logger, probes)}: ${(reasons[0] as { why: string }).why}`;
    };
    expect(choice(auto, machine(false, true))).to.match(/^cpu: .*no NVIDIA GPU.*by name/);
    expect(choice(auto, machine(true, false))).to.match(/^cpu: .*provider is not installed.*by name/);
    expect(choice({ device: "auto", runtime: "binding" }, machine(true, true))).to.match(/^cpu: .*binding/);
  });
});

describe("auto", () => {
  it("goes on with the processor when the GPU does not open, and says why", async function () {
    if (hasCudaProvider()) this.skip(); // The provider is installed here: the GPU might open.
    const probes = machine(true, true);
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

  it("says in Vulkan's own words that WebGPU has no driver", async function () {
    if (process.platform !== "linux") this.skip(); // Only Linux's WebGPU runs on Vulkan.
    const drivers = { VK_DRIVER_FILES: "/nowhere", VK_ICD_FILENAMES: "/nowhere" };
    const before = Object.keys(drivers).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, drivers);
    try {
      const error = (await failureOf({ device: "webgpu" })) as { code: string; what: string };
      expect(error.code).to.equal("CODEX_COMPUTE_DEVICE_MISSING");
      expect(error.what).to.match(/^The device webgpu cannot be opened: .*Vulkan[^/]*\.$/);
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });

  it("is never opened by the Node binding", async () => {
    expect(await failureOf({ device: "webgpu", runtime: "binding" })).to.include({
      code: "CODEX_COMPUTE_DEVICE_MISSING",
    });
  });
});
