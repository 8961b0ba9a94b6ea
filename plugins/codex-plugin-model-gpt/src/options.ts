import { z } from "zod";

/** Options of the model `gpt`. The defaults are the smallest GPT-2's sizes. */
export const gptOptions = z
  .strictObject({
    layerCount: z.int().min(1).max(1000).default(12).describe("Transformer blocks."),
    headCount: z
      .int()
      .min(1)
      .max(1000)
      .default(12)
      .describe("Attention heads of a block; embedDim is a multiple of it."),
    embedDim: z.int().min(1).max(100_000).default(768).describe("Width of the residual stream."),
    contextLength: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(1024)
      .meta({ "x-codex-unit": "tokens" })
      .describe("Most tokens that the model sees at once."),
    dropout: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe("Share of values dropped in training: of embeddings, attention probabilities and residual branches."),
    activationCheckpointing: z
      .boolean()
      .default(false)
      .meta({ "x-codex-effect": "observing" })
      .describe(
        "Keep only each block's input, and compute the block again in the backward pass: less memory, same bits.",
      ),
    bias: z.boolean().default(true).describe("Whether linear layers and layer norms have biases."),
  })
  .describe("The GPT-2 family. Named sizes are presets in configs/model/, such as `gpt2` and `gpt-nano`.");

type AllGptOptions = z.infer<typeof gptOptions>;

/** Options of a loader; checkpointing may be left out. */
export type GptOptions = Omit<AllGptOptions, "activationCheckpointing"> & Partial<AllGptOptions>;
