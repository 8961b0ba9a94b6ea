import { describeBackend } from "codex-nn/testing";
import { createWasmBackend } from "codex-plugin-compute-wasm";

describeBackend("wasm", () => createWasmBackend());
