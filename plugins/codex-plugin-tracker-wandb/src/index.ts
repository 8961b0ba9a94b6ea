import { resolve } from "node:path";
import { definePlugin, TrackerPoint } from "codex-core";
import { wandbOptions } from "./options.js";
import { firstRunId, wandbId } from "./run-place.js";
import { WandbTracker } from "./wandb-tracker.js";

export { wandbErrors } from "./errors.js";
export { wandbOptions } from "./options.js";
export { WandbTracker } from "./wandb-tracker.js";

export default definePlugin({
  name: "codex-plugin-tracker-wandb",
  register(registrar) {
    registrar.provide(TrackerPoint, "wandb", {
      options: wandbOptions,
      create: (_, { folder, artifacts, outputLog, project, group, ...labels }, { name, folders, logger }) =>
        new WandbTracker({
          folder: resolve(folders.project, folder),
          place: folder,
          artifacts,
          outputLog,
          logger,
          labelsOf: (run) => ({
            ...labels,
            // Two trackers of this type, by other names, are two runs.
            id: wandbId(name === "wandb" ? run.runId : `${run.runId} ${name}`),
            project: project ?? run.project,
            group: group ?? run.parent ?? firstRunId(run),
          }),
        }),
    });
  },
});
