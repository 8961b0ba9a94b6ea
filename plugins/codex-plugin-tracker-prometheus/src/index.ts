import { resolve } from "node:path";
import { definePlugin, TrackerPoint } from "codex-core";
import { prometheusOptions } from "./options.js";
import { PrometheusTracker } from "./prometheus-tracker.js";

export { prometheusErrors } from "./errors.js";
export { prometheusOptions } from "./options.js";
export { PrometheusTracker } from "./prometheus-tracker.js";

export default definePlugin({
  name: "codex-plugin-tracker-prometheus",
  register(registrar) {
    registrar.provide(TrackerPoint, "prometheus", {
      options: prometheusOptions,
      create: (_, { port, host, textfile, prefix }, { folders, logger }) =>
        new PrometheusTracker({
          ...(port === false ? {} : { port }),
          host,
          ...(textfile === undefined ? {} : { textfile: resolve(folders.project, textfile) }),
          prefix,
          logger,
        }),
    });
  },
});
