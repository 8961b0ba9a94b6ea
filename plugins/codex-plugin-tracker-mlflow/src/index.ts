import { definePlugin, TrackerPoint } from "codex-core";
import { createStore } from "./create-store.js";
import { MlflowTracker } from "./mlflow-tracker.js";
import { mlflowOptions } from "./options.js";

export { mlflowErrors } from "./errors.js";
export { localRunId } from "./local/local-store.js";
export { mlflowOptions } from "./options.js";

export default definePlugin({
  name: "codex-plugin-tracker-mlflow",
  register(registrar) {
    registrar.provide(TrackerPoint, "mlflow", {
      options: mlflowOptions,
      create: (_, { uri, experiment, artifacts }, { folders, logger }) => {
        const store = createStore({ uri, projectFolder: folders.project, environment: process.env, logger });
        return new MlflowTracker({ store, experiment, artifacts });
      },
    });
  },
});
