import { definePlugin, ModelPoint } from "codex-core";
import { GptLoader } from "./gpt-loader.js";
import { gptOptions } from "./options.js";

export { dropoutSites } from "./dropout-sites.js";
export { modelErrors } from "./errors.js";
export { GptLoader } from "./gpt-loader.js";
export { GptModel } from "./gpt-model.js";
export { type GptOptions, gptOptions } from "./options.js";
export { type GptShape, parameterSpecs } from "./parameters.js";
export { planGpt } from "./plan.js";

export default definePlugin({
  name: "codex-plugin-model-gpt",
  register(registrar) {
    registrar.provide(ModelPoint, "gpt", {
      options: gptOptions,
      create: (_, options) => new GptLoader(options),
    });
  },
});
