import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { cpus, loadavg, totalmem } from "node:os";
import { describeProcessor } from "../../plugins/codex-plugin-compute-onnx/dist/runtime/processor.js";

const require = createRequire(import.meta.url);

/** What a figure is worth nothing without. */
export function describeMachine(python) {
  const processor = describeProcessor();
  const versions = { node: process.version, onnxruntime: require("onnxruntime-node/package.json").version };
  if (python) {
    const code = "import torch, platform; print(torch.__version__, platform.python_version())";
    [versions.torch, versions.python] = execFileSync(python, ["-c", code], { encoding: "utf8" }).trim().split(" ");
  }
  return {
    processor: processor.name,
    instructionSet: processor.instructionSet,
    cores: processor.physicalCores,
    logicalProcessors: cpus().length,
    memoryBytes: totalmem(),
    loadAverage: loadavg()[0],
    versions,
  };
}
