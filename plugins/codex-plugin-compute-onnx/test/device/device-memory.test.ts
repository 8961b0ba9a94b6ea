import { expect } from "chai";
import koffi from "koffi";
import { hasCudaProvider } from "#src/device/choose-device.js";
import { DeviceMemory } from "#src/device/device-memory.js";
import { cudaProvider } from "#src/device/device-provider.js";
import { refuseTelemetry } from "#src/runtime/create-runtime.js";
import { runtimeLibraryPath, runtimePackageFolder } from "#src/runtime/library-path.js";
import { loadOrtApi } from "#src/runtime/ort-api.js";
import { MemoryBudget } from "#src/state/memory-budget.js";

describe("DeviceMemory", () => {
  // The table's functions for CUDA are there without the provider: that they are asked shows in what they answer.
  it("gives ONNX Runtime's own words when CUDA's provider does not load", async function () {
    if (hasCudaProvider()) this.skip(); // It is installed here, and might load.
    refuseTelemetry();
    const api = loadOrtApi(koffi, runtimeLibraryPath(runtimePackageFolder()));
    const failure = await DeviceMemory.open(api, cudaProvider, new MemoryBudget(undefined), 1).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).to.include({ code: "CODEX_COMPUTE_SESSION" });
    expect(String(failure)).to.match(/AppendExecutionProvider_Cuda: Failed to load shared library/);
  });
});
