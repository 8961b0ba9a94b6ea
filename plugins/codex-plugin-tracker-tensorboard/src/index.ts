import { join, resolve } from "node:path";
import { definePlugin, TrackerPoint } from "codex-core";
import { tensorboardOptions } from "./options.js";
import { TensorboardTracker } from "./tensorboard-tracker.js";

export { tensorboardErrors } from "./errors.js";
export { tensorboardOptions } from "./options.js";
export { TensorboardTracker } from "./tensorboard-tracker.js";

export default definePlugin({
  name: "codex-plugin-tracker-tensorboard",
  register(registrar) {
    registrar.provide(TrackerPoint, "tensorboard", {
      options: tensorboardOptions,
      create: (_, { folder }, { name, folders }) =>
        new TensorboardTracker({
          folderOf: (run) => {
            if (folder) return join(resolve(folders.project, folder), run.runId);
            return join(run.folder, run.segment === 1 ? name : `${name}-${run.segment}`);
          },
        }),
    });
  },
});
