import { describeBackend, describeCoreOperators, describeOperators } from "codex-nn/testing";
import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";

const createBackend = () => createOnnxBackend(computeOnnxOptions.parse({ device: "webgpu" }));

describeBackend("onnx webgpu", createBackend);
describeOperators("onnx webgpu", createBackend);
describeCoreOperators("onnx webgpu", createBackend);
