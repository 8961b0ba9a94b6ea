import { z } from "zod";

const observing = { "x-codex-effect": "observing" };
const name = z.string().min(1);

/** Options of the W&B tracker. None of them changes a number of the run. */
export const wandbOptions = z
  .strictObject({
    project: name.optional().describe("W&B project. Default: the project's name.").meta(observing),
    entity: name
      .optional()
      .describe("User or team that the project belongs to. Default: whoever uploads it.")
      .meta(observing),
    group: name
      .optional()
      .describe("Group of runs. Default: the run that this one is a part of, else the run itself with its segments.")
      .meta(observing),
    jobType: name
      .optional()
      .describe("What kind of work the run is, such as `train` or `eval`. Left out: not said.")
      .meta(observing),
    notes: z.string().optional().describe("Words about the run. Left out: none.").meta(observing),
    tags: z.array(name).default([]).describe("Labels to find the run by.").meta(observing),
    folder: name
      .default("wandb")
      .describe("Folder that gets a folder for each run; relative ones start at the project.")
      .meta(observing),
    artifacts: z
      .array(name)
      .default(["config.yaml", "environment.json", "lock.json", "report.html"])
      .describe("Names of the run's files that become files of the W&B run; `checkpoints` stands for all checkpoints.")
      .meta(observing),
    outputLog: z.boolean().default(true).describe("Whether the run's log becomes the W&B run's.").meta(observing),
  })
  .describe("Offline runs for Weights & Biases, which `wandb sync` uploads.");

export type WandbOptions = z.output<typeof wandbOptions>;
