import { cpus } from "node:os";
import type { Tensor } from "@tensorflow/tfjs-core";
import { type ComputeBackend, computeErrors, type DeviceInfo } from "codex-core";
import { EagerBackend, type EagerMemory } from "codex-nn";
import { loadWasm, wasmBackendName } from "./load-wasm.js";
import { type ComputeWasmOptions, checkDevice } from "./options.js";

/**
 * Computes on WebAssembly, calling a program's body at every run: slow, simple, and what other backends are compared
 * with.
 *
 * @throws CODEX_COMPUTE_DEVICE, CODEX_COMPUTE_DTYPE, CODEX_COMPUTE_RUNTIME_MISSING
 */
export async function createWasmBackend(options: Partial<ComputeWasmOptions> = {}): Promise<ComputeBackend<Tensor>> {
  checkDevice(options.device ?? "auto", options.dtype ?? "float32");
  const runtime = await loadWasm();
  const device = Object.freeze<DeviceInfo>({
    kind: "cpu",
    name: cpus()[0]?.model.trim() ?? "cpu",
    runtime: runtime.name,
    dtypes: ["float32"],
    threads: 1,
    instructionSet: runtime.instructionSet,
  });
  const memory: EagerMemory = {
    within: (work) => runtime.heap.within(options.memoryLimitBytes, work),
    // The heap itself says it, before the library could notice.
    isShort: () => false,
  };
  return new EagerBackend({ device, backendName: wasmBackendName, errors: computeErrors, memory });
}
