import { describeCoreOperators, describeOperators } from "codex-nn/testing";
import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";

for (const native of [true, false]) {
  const createBackend = () => createOnnxBackend(computeOnnxOptions.parse({ native }));
  describeOperators(`onnx, native: ${native}`, createBackend);
}
describeCoreOperators("onnx", () => createOnnxBackend(computeOnnxOptions.parse({})));
