import { definePlugin, TrackerPoint, trackerFolder } from "codex-core";
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
      create: (_, { folder, formats, samples, events }, { name, folders }) =>
        new FilesTracker({
          formats,
          samples,
          events,
          place: folder ?? "",
          folderOf: (run) => trackerFolder(run, { name, project: folders.project, folder }),
        }),
    });
  },
});
