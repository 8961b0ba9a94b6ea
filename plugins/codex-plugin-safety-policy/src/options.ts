import { z } from "zod";

/** Options of the policy filter. */
export const policyOptions = z
  .strictObject({
    rules: z
      .string()
      .min(1)
      .describe(
        "The YAML file of the rules; a relative path starts at the project. Without a readable file nothing runs.",
      ),
  })
  .describe("Rules in YAML on texts to train on, prompts, and what the model writes.");
