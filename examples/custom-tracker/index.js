import { definePlugin, TrackerPoint } from "codex-core";
import { CurveTracker } from "./curve-tracker.js";

const defaults = { metrics: ["train/loss", "eval/loss"], fileName: "curve.svg" };

/**
 * Completes the options. The JSON Schema in the manifest has checked them by now; a schema of zod, valibot or arktype
 * would do as well, since all are Standard Schemas.
 */
const options = {
  "~standard": { version: 1, vendor: "example", validate: (value) => ({ value: { ...defaults, ...value } }) },
};

export default definePlugin({
  name: "codex-plugin-tracker-curve",
  register(registrar) {
    registrar.provide(TrackerPoint, "curve", {
      options,
      create: (_, { metrics, fileName }) => new CurveTracker(metrics, fileName),
    });
  },
});
