import type { Tensor } from "@tensorflow/tfjs-core";
import type { Optimizer } from "codex-core";
import { createAdamW } from "codex-nn";
import { z } from "zod";

/** Options of the optimizer `adamw`. */
export const adamWOptions = z
  .strictObject({
    learningRate: z.number().positive().default(1e-3).describe("Peak learning rate, which the schedule scales."),
    betas: z
      .tuple([z.number().min(0).lt(1), z.number().min(0).lt(1)])
      .default([0.9, 0.95])
      .describe("Decay rates of the running means of gradients and of their squares."),
    epsilon: z.number().positive().default(1e-8).describe("Added to the root of the mean square."),
    weightDecay: z
      .number()
      .min(0)
      .default(0.1)
      .describe("Decoupled decay, times the learning rate, of tensors with two or more dimensions."),
  })
  .describe("AdamW: Adam with weight decay apart from the gradient.");

export type AdamWOptions = z.infer<typeof adamWOptions>;

/** AdamW over resident state; moments are kept as exp_avg and exp_avg_sq. */
export function createAdamWOptimizer({ learningRate, ...options }: AdamWOptions): Optimizer<Tensor> {
  return { learningRate, ...createAdamW(options) };
}
