import { defineErrors } from "codex-core";

/** Errors of the compiled compute backend. */
export const computeOnnxErrors = defineErrors({
  CODEX_COMPUTE_RUNTIME_MISSING: {
    exitCode: 1,
    when: "ONNX Runtime's shared library is missing, broken, or not shipped for this platform.",
    why: "The backend computes with the library inside the package onnxruntime-node.",
    fix: "Reinstall with `npm install onnxruntime-node`, or set compute.type to wasm.",
  },
  CODEX_COMPUTE_RUNTIME_VERSION: {
    exitCode: 1,
    when: "ONNX Runtime's shared library has another version than the one whose functions the backend knows.",
    why: "Functions are called by their place in the library's table, which is checked for one version.",
    fix: "Install the version that codex-plugin-compute-onnx depends on, or set compute.runtime to binding.",
  },
  CODEX_COMPUTE_DEVICE_MISSING: {
    exitCode: 1,
    when: "compute.device asks for a device that is not there, or whose driver or provider is not installed.",
    why: "A device that was asked for is never replaced by a slower one in silence.",
    fix: "Install its driver as the message says, or set compute.device to cpu or auto.",
  },
  CODEX_COMPUTE_TENSOR_SIZE: {
    exitCode: 1,
    when: "A program needs a tensor that is larger than the device can bind as one buffer.",
    why: "Above its limit a device may fail late, or without a message.",
    fix: "Lower trainer.microBatch or model.contextLength, or set compute.device to cpu.",
  },
  CODEX_COMPUTE_SESSION: {
    exitCode: 1,
    when: "ONNX Runtime refuses the graph that a program was compiled to.",
    fix: "Report the program and the message; compute.type wasm runs the same program uncompiled.",
  },
  CODEX_COMPUTE_RUN: {
    exitCode: 1,
    when: "ONNX Runtime fails while it runs a program.",
    fix: "Look at the message; when it speaks of memory, lower trainer.microBatch or model.contextLength.",
  },
  CODEX_COMPUTE_KERNEL_MISSING: {
    exitCode: 1,
    when: "A program's body uses a tensor operation that the compiler has no form for.",
    fix: "Write it with the operations that there are, or set compute.type to wasm.",
  },
  CODEX_COMPUTE_KERNEL_FORM: {
    exitCode: 1,
    when: "A program's body uses a tensor operation with options that the compiler has no form for.",
    fix: "Write it with other operations, or set compute.type to wasm.",
  },
  CODEX_COMPUTE_DTYPE_IN_BODY: {
    exitCode: 1,
    when: "A program's body makes a tensor of strings or complex numbers, or returns one of booleans.",
    fix: "Use float32 or int32; booleans inside the body are fine: cast them before they leave it.",
  },
  CODEX_COMPUTE_NOT_RECORDING: {
    exitCode: 1,
    when: "A tensor is used outside of the program's body that made it.",
    why: "Tensors of a compiled program stand for values that exist only while the program runs.",
    fix: "Use state and outputs to carry values out of a body.",
  },
});
