import { describeCoreOperators, describeOperators } from "codex-nn/testing";
import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";

const createBackend = () => createOnnxBackend(computeOnnxOptions.parse({}));

describeOperators("onnx", createBackend);
describeCoreOperators("onnx", createBackend);
