import type { Metric } from "codex-core";
import { z } from "zod";
import { sumMetric } from "../sum-metric.js";

/** Options of the metric `perplexity`. */
export const perplexityOptions = z
  .strictObject({
    per: z
      .enum(["token", "byte", "word"])
      .default("token")
      .describe("What the surprise is spread over. Bytes and words are the same for every tokenizer."),
  })
  .describe("exp of the mean loss: of a token, a byte or a word.");

export type PerplexityOptions = z.infer<typeof perplexityOptions>;

/** Sums: nats, tokens, bytes, words. */
const places = { token: 1, byte: 2, word: 3 } as const;

function nats(per: keyof typeof places, value: (natsPerUnit: number) => number): Metric<"tokens"> {
  return sumMetric({
    input: "tokens",
    size: 4,
    add({ logProbabilities, byteCount, wordCount }, sums) {
      let sum = 0;
      for (let index = 0; index < logProbabilities.length; index += 1) sum -= logProbabilities[index]!;
      sums[0]! += sum;
      sums[1]! += logProbabilities.length;
      sums[2]! += byteCount;
      sums[3]! += wordCount;
    },
    // Without a unit there is no mean, though tokens of a text without a word have nats.
    values: (sums) => ({ "": sums[places[per]] === 0 ? Number.NaN : value(sums[0]! / sums[places[per]]!) }),
  });
}

/** Mean −ln p of the tokens, nats. */
export const lossMetric = (): Metric<"tokens"> => nats("token", (mean) => mean);

/** exp of the nats per token, byte or word. */
export const perplexityMetric = ({ per }: PerplexityOptions): Metric<"tokens"> => nats(per, Math.exp);

/** Bits that the text's bytes would take, coded by the model. */
export const bitsPerByteMetric = (): Metric<"tokens"> => nats("byte", (mean) => mean / Math.LN2);
