import { ComputePoint, definePlugin } from "codex-core";
import { createOnnxBackend } from "./backend.js";
import { checkDevices } from "./device/check-devices.js";
import { checkNative } from "./native/check-native.js";
import { computeOnnxOptions } from "./options.js";
import { planOnnx } from "./plan-onnx.js";

export { createOnnxBackend, OnnxBackend } from "./backend.js";
export { computeOnnxErrors } from "./errors.js";
export { type ComputeOnnxOptions, computeOnnxOptions } from "./options.js";

export default definePlugin({
  name: "codex-plugin-compute-onnx",
  register(registrar) {
    registrar.provide(ComputePoint, "onnx", {
      options: computeOnnxOptions,
      plan: planOnnx,
      check: async (context) => [...(await checkNative(context)), ...(await checkDevices())],
      create: (_, options, context) => createOnnxBackend(options, context.logger, context.folders.cache),
    });
  },
});
