import { ComputePoint, definePlugin } from "codex-core";
import { computeWasmOptions } from "./options.js";
import { planWasm } from "./plan-wasm.js";
import { createWasmBackend } from "./wasm-backend.js";

export { computeWasmErrors } from "./errors.js";
export { type ComputeWasmOptions, computeWasmOptions } from "./options.js";
export { createWasmBackend } from "./wasm-backend.js";

/** Provides `compute: { type: wasm }`. */
export default definePlugin({
  name: "codex-plugin-compute-wasm",
  register(registrar) {
    registrar.provide(ComputePoint, "wasm", {
      options: computeWasmOptions,
      plan: planWasm,
      create: (_, options) => createWasmBackend(options),
    });
  },
});
