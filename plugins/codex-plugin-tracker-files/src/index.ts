import { join, resolve } from "node:path";
import { definePlugin, TrackerPoint } from "codex-core";
import { FilesTracker } from "./files-tracker.js";
import { filesOptions } from "./options.js";

export { filesErrors } from "./errors.js";
export { FilesTracker } from "./files-tracker.js";
export { filesOptions } from "./options.js";

export default definePlugin({
  name: "codex-plugin-tracker-files",
  register(registrar) {
    registrar.provide(TrackerPoint, "files", {
      options: filesOptions,
      create: (_, { folder, formats, samples }, { name, folders }) =>
        new FilesTracker({
          formats,
          samples,
          folderOf: (run) => {
            if (folder) return join(resolve(folders.project, folder), run.runId);
            return join(run.folder, run.segment === 1 ? name : `${name}-${run.segment}`);
          },
        }),
    });
  },
});
