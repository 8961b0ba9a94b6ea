import { z } from "zod";

const observing = { "x-codex-effect": "observing" };

/** Options of the file tracker. None of them changes a number of the run. */
export const filesOptions = z
  .strictObject({
    folder: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Folder that gets a folder named after the run; relative ones start at the project. " +
          "Default: a folder named after the tracker, in the run's own.",
      )
      .meta(observing),
    formats: z
      .array(z.enum(["csv", "ndjson"]))
      .default(["csv"])
      .describe(
        "Forms of the metrics: metrics.csv with a column for each metric, metrics.ndjson with an object a line.",
      )
      .meta(observing),
    samples: z
      .boolean()
      .default(true)
      .describe("Whether texts that the model wrote go to samples.ndjson.")
      .meta(observing),
    events: z
      .boolean()
      .default(true)
      .describe("Whether texts, histograms, tables, pictures, files, params and tags go to events.ndjson.")
      .meta(observing),
  })
  .describe("Records as files that a spreadsheet, a notebook or `tail -f` reads.");

export type FilesOptions = z.output<typeof filesOptions>;
