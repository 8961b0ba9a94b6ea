import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { type BackendWasm, setWasmPaths, version_wasm } from "@tensorflow/tfjs-backend-wasm";
import { env, findBackend, getBackend, setBackend } from "@tensorflow/tfjs-core";
import { installOperators } from "codex-nn";
import { computeWasmErrors } from "./errors.js";
import { installCpuKernels } from "./kernels/cpu-kernels.js";
import { installMatrixProduct } from "./kernels/matrix-product.js";
import { installUnsortedSegmentSum } from "./kernels/unsorted-segment-sum.js";
import { WasmHeap } from "./wasm-heap.js";

/** The name under which tfjs knows the WebAssembly backend. */
export const wasmBackendName = "wasm";

/** What was loaded. */
export interface WasmRuntime {
  /** `tfjs-backend-wasm 4.22.0` */
  readonly name: string;
  readonly instructionSet: "wasm-simd" | "wasm";
  readonly heap: WasmHeap;
}

let loading: Promise<WasmRuntime> | undefined;

/**
 * Loads the WebAssembly binary from its npm package, once a process, and completes its kernels.
 *
 * @throws CODEX_COMPUTE_RUNTIME_MISSING when the binary cannot be loaded.
 */
export function loadWasm(): Promise<WasmRuntime> {
  loading ??= load();
  return loading;
}

async function load(): Promise<WasmRuntime> {
  const entry = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(join(dirname(entry), sep));
  const before = getBackend();
  const loaded = await withoutNewProcessListeners(() => setBackend(wasmBackendName)).catch(() => false);
  if (!loaded) {
    throw computeWasmErrors.CODEX_COMPUTE_RUNTIME_MISSING({
      what: "The WebAssembly binary of @tensorflow/tfjs-backend-wasm could not be loaded.",
      where: dirname(entry),
    });
  }
  const backend = findBackend(wasmBackendName) as BackendWasm;
  const heap = new WasmHeap(backend);
  installUnsortedSegmentSum(wasmBackendName);
  installMatrixProduct(wasmBackendName, heap);
  installOperators(wasmBackendName);
  installCpuKernels(backend, wasmBackendName);
  if (before && before !== wasmBackendName) await setBackend(before);
  const simd = await env().getAsync("WASM_HAS_SIMD_SUPPORT");
  return { name: `tfjs-backend-wasm ${version_wasm}`, instructionSet: simd ? "wasm-simd" : "wasm", heap };
}

/** The WebAssembly module takes over the process's handling of uncaught errors: gives it back. */
async function withoutNewProcessListeners<Result>(action: () => Promise<Result>): Promise<Result> {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const before = events.map((event) => new Set<unknown>(process.listeners(event as "uncaughtException")));
  try {
    return await action();
  } finally {
    for (const [index, event] of events.entries()) {
      for (const listener of process.listeners(event as "uncaughtException")) {
        if (!before[index]!.has(listener)) process.removeListener(event, listener);
      }
    }
  }
}
