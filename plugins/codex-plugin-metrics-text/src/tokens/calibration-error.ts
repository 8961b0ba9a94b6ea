import type { Metric } from "codex-core";
import { z } from "zod";
import { sumMetric } from "../sum-metric.js";

/** Options of the metric `calibration-error`. */
export const calibrationOptions = z
  .strictObject({
    bins: z.int().min(1).max(1000).default(15).describe("Ranges of equal width that confidences are sorted into."),
  })
  .describe("How far confidence is from how often it is right (expected calibration error).");

export type CalibrationOptions = z.infer<typeof calibrationOptions>;

/**
 * Expected calibration error: how far the model's confidence in its likeliest token is from how often that is right,
 * in each bin of confidences (lower, upper], weighted by the tokens in it.
 *
 * @source Guo et al., On calibration of modern neural networks (ICML 2017), section 2
 */
export function calibrationErrorMetric({ bins }: CalibrationOptions): Metric<"tokens"> {
  return sumMetric({
    input: "tokens",
    // Of each bin: tokens, confidences, right ones.
    size: 3 * bins,
    add({ confidences, ranks }, sums) {
      for (let index = 0; index < confidences.length; index += 1) {
        const confidence = confidences[index]!;
        const bin = 3 * Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1));
        sums[bin]! += 1;
        sums[bin + 1]! += confidence;
        if (ranks[index] === 0) sums[bin + 2]! += 1;
      }
    },
    values(sums) {
      let [error, count] = [0, 0];
      for (let bin = 0; bin < sums.length; bin += 3) {
        count += sums[bin]!;
        error += Math.abs(sums[bin + 1]! - sums[bin + 2]!);
      }
      return { "": error / count };
    },
  });
}
