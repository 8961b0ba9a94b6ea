import { describeCoreOperators, describeOperators } from "codex-nn/testing";
import { createWasmBackend } from "codex-plugin-compute-wasm";

describeOperators("wasm", () => createWasmBackend());
describeCoreOperators("wasm", () => createWasmBackend());
