import { z } from "zod";

/** Marks options that change no number of a run. */
const observing = { "x-codex-effect": "observing" };

/** Options of the checkpoint store `local`. */
export const localCheckpointOptions = z
  .strictObject({
    every: z
      .int()
      .min(1)
      .optional()
      .meta({ ...observing, "x-codex-unit": "steps" })
      .describe("Steps between checkpoints. Left out: one, at the end."),
    keepLast: z.int().min(1).default(2).meta(observing).describe("Newest checkpoints to keep."),
    keepBest: z
      .int()
      .min(0)
      .default(1)
      .meta(observing)
      .describe("Best checkpoints by `monitor` to keep, beside the newest ones. Of equal ones the earlier is better."),
    monitor: z
      .string()
      .min(1)
      .default("eval/loss")
      .meta(observing)
      .describe(
        "The metric that says which checkpoints are best. Checkpoints without a finite value do not take part.",
      ),
    monitorMode: z
      .enum(["min", "max"])
      .default("min")
      .meta(observing)
      .describe("Whether the least or the greatest value is best."),
  })
  .describe("Checkpoints as folders of the run, each whole or absent, with the tensors as safetensors.");

export type LocalCheckpointOptions = z.infer<typeof localCheckpointOptions>;
