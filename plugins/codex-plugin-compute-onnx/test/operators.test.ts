import { describeOperators } from "codex-nn/testing";
import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";

describeOperators("onnx", () => createOnnxBackend(computeOnnxOptions.parse({})));
