import { definePlugin, TrackerPoint, trackerFolder } from "codex-core";
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
          place: folder ?? "",
          folderOf: (run) => trackerFolder(run, { name, project: folders.project, folder }),
        }),
    });
  },
});
