import { z } from "zod";

const observing = { "x-codex-effect": "observing" };

const earlyStopping = z.strictObject({
  monitor: z.string().min(1).default("eval/loss").describe("The evaluation metric that has to get better."),
  mode: z.enum(["min", "max"]).default("min").describe("Whether less or more is better."),
  patience: z
    .int()
    .min(1)
    .meta({ "x-codex-unit": "evaluations" })
    .describe("Evaluations in a row without a better value after which training stops."),
  minDelta: z.number().min(0).default(0).describe("What a value has to be better by to count."),
});

const guard = z.strictObject({
  maxSkippedSteps: z
    .int()
    .min(0)
    .default(10)
    .meta({ "x-codex-unit": "steps" })
    .describe("Steps in a row that may be skipped; one more ends the run."),
  spikeFactor: z
    .number()
    .gt(1)
    .optional()
    .describe("Skip a step whose gradNorm is more than this many times its running mean. Left out: never."),
  spikeWarmupSteps: z
    .int()
    .min(1)
    .default(20)
    .meta({ "x-codex-unit": "steps" })
    .describe("Steps that the running mean needs before spikes are seen."),
});

const sample = z.strictObject({
  prompt: z.string().default("\n").describe("Text that the model goes on from."),
  maxNewTokens: z.int().min(1).default(200).meta({ "x-codex-unit": "tokens" }).describe("Tokens to write."),
  temperature: z.number().min(0).default(0.8).describe("How freely tokens are drawn: 0 takes the likeliest."),
  topK: z
    .int()
    .min(1)
    .optional()
    .meta({ "x-codex-unit": "tokens" })
    .describe("Draw among the k likeliest tokens. Left out: among all."),
  every: z
    .int()
    .min(1)
    .optional()
    .meta({ "x-codex-unit": "steps" })
    .describe("Steps between samples. Left out: one, at the end."),
});

/** Options of the trainer `lm`. */
export const trainerOptions = z
  .strictObject({
    microBatch: z
      .int()
      .min(1)
      .default(8)
      .meta({ "x-codex-unit": "sequences" })
      .describe("Sequences of contextLength tokens in one microStep."),
    gradAccumSteps: z
      .int()
      .min(1)
      .default(1)
      .meta({ "x-codex-unit": "microSteps" })
      .describe("MicroSteps whose gradients make one step."),
    halveMicroBatch: z
      .boolean()
      .default(false)
      .describe("Where memory is short, go on with half the microBatch and twice the gradAccumSteps."),
    maxSteps: z
      .int()
      .min(1)
      .optional()
      .meta({ "x-codex-unit": "steps" })
      .describe("Steps of the run. This or maxEpochs is needed; with both, the shorter one counts."),
    maxEpochs: z
      .number()
      .positive()
      .optional()
      .meta({ "x-codex-unit": "epochs" })
      .describe("Passes over the training split, rounded up to whole steps. This or maxSteps is needed."),
    maxWallTimeSeconds: z
      .number()
      .positive()
      .optional()
      .meta({ ...observing, "x-codex-unit": "seconds" })
      .describe("Time after which the run saves and stops, to be resumed later. Left out: no limit."),
    evalEvery: z
      .int()
      .min(1)
      .optional()
      .meta({ "x-codex-unit": "steps" })
      .describe("Steps between evaluations. Left out: one, at the end."),
    evalBatches: z
      .int()
      .min(1)
      .optional()
      .meta({ "x-codex-unit": "microBatches" })
      .describe("MicroBatches of an evaluation. Left out: the whole split."),
    logEvery: z
      .int()
      .min(1)
      .default(1)
      .meta({ ...observing, "x-codex-unit": "steps" })
      .describe("Steps between reports to trackers and callbacks."),
    clipNorm: z.number().min(0).default(1).describe("Largest norm of a step's gradient; 0 clips nothing."),
    earlyStopping: earlyStopping.optional().describe("Stop when evaluations get no better. Left out: never."),
    guard: guard.prefault({}).describe("What to do about non-finite losses and gradients, and about spikes."),
    sample: sample
      .optional()
      .meta(observing)
      .describe("Text to write, so that you see how it gets on. Left out: none."),
  })
  .describe("Trains a language model by `objective`, `optimizer` and `schedule`.");

export type TrainerOptions = z.infer<typeof trainerOptions>;
export type GuardOptions = TrainerOptions["guard"];
export type EarlyStoppingOptions = NonNullable<TrainerOptions["earlyStopping"]>;
export type SampleOptions = NonNullable<TrainerOptions["sample"]>;
