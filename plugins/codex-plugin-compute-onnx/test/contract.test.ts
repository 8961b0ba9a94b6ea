import { describeBackend } from "codex-nn/testing";
import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";

describeBackend("onnx", () => createOnnxBackend(computeOnnxOptions.parse({ threads: 2 })));
