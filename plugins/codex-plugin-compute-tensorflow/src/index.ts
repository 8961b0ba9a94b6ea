import { ComputePoint, definePlugin, runtimeFindings } from "codex-core";
import { computeTensorflowOptions } from "./options.js";
import { planTensorflow } from "./plan-tensorflow.js";
import { createTensorflowBackend } from "./tensorflow-backend.js";

export { computeTensorflowErrors } from "./errors.js";
export { type ComputeTensorflowOptions, computeTensorflowOptions } from "./options.js";
export { createTensorflowBackend } from "./tensorflow-backend.js";

/** Provides `compute: { type: tensorflow }`. */
export default definePlugin({
  name: "codex-plugin-compute-tensorflow",
  register(registrar) {
    registrar.provide(ComputePoint, "tensorflow", {
      options: computeTensorflowOptions,
      plan: planTensorflow,
      check: async () => {
        const { tensorflowInstaller } = await import("./installer/tensorflow-installer.js");
        return runtimeFindings("tensorflow", await tensorflowInstaller.states(process.env));
      },
      create: (_, options) => createTensorflowBackend(options),
    });
  },
});
