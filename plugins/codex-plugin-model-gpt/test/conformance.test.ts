import { ModelPoint } from "codex-core";
import { createFromPlugin, describeModelLoader } from "codex-core/testing";
import plugin from "codex-plugin-model-gpt";
import { tinyOptions } from "./support/eager-model.js";

describeModelLoader("model gpt", () => createFromPlugin(plugin, ModelPoint, "gpt", { options: tinyOptions }));
