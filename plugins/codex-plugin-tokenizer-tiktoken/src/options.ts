import { z } from "zod";

/** Encodings that this plugin offers. */
export const encodingNames = ["gpt2", "cl100k_base", "o200k_base"] as const;

export type EncodingName = (typeof encodingNames)[number];

/** Options of the byte-pair tokenizer. */
export const tiktokenOptions = z
  .strictObject({
    encoding: z
      .enum(encodingNames)
      .default("gpt2")
      .describe("Vocabulary and rules: gpt2 (50,257 ids), cl100k_base (100,277) or o200k_base (200,019)."),
  })
  .describe("Byte-pair tokens with the ids of OpenAI's encodings.");
