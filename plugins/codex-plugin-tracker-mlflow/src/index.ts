import { definePlugin, TrackerPoint } from "codex-core";
import { createStore, storeAddress } from "./create-store.js";
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
        const { env: environment } = process;
        const store = createStore({ uri, projectFolder: folders.project, environment, logger });
        return new MlflowTracker({ store, place: storeAddress({ uri, environment }), experiment, artifacts });
      },
    });
  },
});
