import { z } from "zod";

const observing = { "x-codex-effect": "observing" };

/** Options of the MLflow tracker. None of them changes a number of the run. Secrets come by environment alone. */
export const mlflowOptions = z
  .strictObject({
    uri: z
      .string()
      .min(1)
      // A config is written into the run's folder, for all who can read that.
      .regex(
        /^(?!https?:\/\/[^/]*@)/i,
        "must hold no user and no password; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
      )
      .optional()
      .describe(
        "Where runs are kept: a folder (relative ones start at the project), or a server's http(s) address. " +
          "An address has no user and no password in it: MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD say who " +
          "asks. Default: MLFLOW_TRACKING_URI, else the folder mlruns.",
      )
      .meta(observing),
    experiment: z
      .string()
      .min(1)
      .max(500)
      .optional()
      .describe("Name of the experiment that the run is of. Default: the project's name.")
      .meta(observing),
    artifacts: z
      .array(z.enum(["files", "checkpoints", "texts", "tables", "images"]))
      .default(["files", "texts", "tables", "images"])
      .describe(
        "What becomes artifacts: files such as config.yaml and report.html, checkpoints, samples and other texts, " +
          "tables, images.",
      )
      .meta(observing),
  })
  .describe("Runs for MLflow: in a local folder without a server, or on a tracking server.");

export type MlflowOptions = z.output<typeof mlflowOptions>;
export type ArtifactKind = MlflowOptions["artifacts"][number];
