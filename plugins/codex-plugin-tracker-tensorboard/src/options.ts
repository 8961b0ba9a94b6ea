import { z } from "zod";

/** Options of the TensorBoard tracker. None of them changes a number of the run. */
export const tensorboardOptions = z
  .strictObject({
    folder: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Folder that gets a folder named after the run; relative ones start at the project. " +
          "Default: a folder named after the tracker, in the run's own.",
      )
      .meta({ "x-codex-effect": "observing" }),
  })
  .describe("Event files for TensorBoard.");

export type TensorboardOptions = z.output<typeof tensorboardOptions>;
