import { describeShortMemory } from "../support/describe-short-memory.js";

describe("a training for which there is too little memory", function () {
  this.timeout(60_000);

  describe("on the compiled engine", () => {
    describeShortMemory({
      from: "codex-plugin-compute-onnx",
      create: "createOnnxBackend(plugin.computeOnnxOptions.parse({ native: false, memoryLimitBytes: bytes }))",
      // A step of 16 sequences takes 3.4 MB between its operators, of 8 half of that; what stays takes 0.5 MB.
      bytes: 2_600_000,
    });
  });

  describe("on WebAssembly", () => {
    describeShortMemory({
      from: "codex-plugin-compute-wasm",
      create: "createWasmBackend({ memoryLimitBytes: bytes })",
      // Between 5.5 and 9 MB.
      bytes: 7_000_000,
    });
  });
});
