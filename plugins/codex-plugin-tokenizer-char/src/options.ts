import { z } from "zod";

/** Options of the character tokenizer. */
export const charOptions = z
  .strictObject({
    minCount: z
      .int()
      .min(1)
      .default(1)
      .describe("A character that the corpus has fewer times than this is unknown to the vocabulary."),
  })
  .describe("One token for each character of the corpus.");

export type CharOptions = z.output<typeof charOptions>;
