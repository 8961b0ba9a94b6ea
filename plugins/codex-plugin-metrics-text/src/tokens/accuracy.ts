import type { Metric } from "codex-core";
import { z } from "zod";
import { sumMetric } from "../sum-metric.js";

/** Options of the metric `accuracy`. */
export const accuracyOptions = z
  .strictObject({
    top: z.int().min(1).default(1).describe("A token counts when it is among so many of the likeliest."),
  })
  .describe("Share of tokens that are among the likeliest.");

export type AccuracyOptions = z.infer<typeof accuracyOptions>;

/** Share of the tokens that are among the likeliest. */
export function accuracyMetric({ top }: AccuracyOptions): Metric<"tokens"> {
  return sumMetric({
    input: "tokens",
    size: 2,
    add({ ranks }, sums) {
      for (let index = 0; index < ranks.length; index += 1) if (ranks[index]! < top) sums[0]! += 1;
      sums[1]! += ranks.length;
    },
    values: ([right, count]) => ({ "": right! / count! }),
  });
}
