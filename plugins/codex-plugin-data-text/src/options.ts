import { z } from "zod";

/** Options of text data; corpus and batchSource share them. */
export const textOptions = z.strictObject({
  paths: z
    .array(z.string().min(1))
    .min(1)
    .describe(
      "Files, folders, globs, or npm:PACKAGE/GLOB for files of an installed package. Relative ones start at the project.",
    ),
  extensions: z
    .array(z.string().regex(/^\.[^/\\*?]+$/))
    .min(1)
    .default([".txt", ".md"])
    .describe("What a file's name has to end with to be taken from a folder in `paths`. Globs and files ignore it."),
  textField: z
    .string()
    .min(1)
    .default("text")
    .describe("The field (.jsonl, .ndjson) or column (.csv, .tsv) that holds a document's text."),
  validationFraction: z
    .number()
    .min(0)
    .lt(1)
    .default(0.1)
    .describe(
      "Share of the documents (or of each one's text, see `split`) that is held out. Unused with validationPaths.",
    ),
  validationPaths: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe("What is held out, in the same forms as `paths`. Files that `paths` names too are only held out."),
  split: z
    .enum(["auto", "documents", "tails"])
    .default("auto")
    .describe(
      "documents: each is held out or not, by the digest of its content. tails: the end of each is held out. " +
        "auto: tails for a single document, else documents.",
    ),
  separator: z
    .string()
    .optional()
    .describe(
      "Text between documents. Default: the tokenizer's end-of-sequence token, or an empty line if it has none.",
    ),
  shuffle: z
    .boolean()
    .default(true)
    .describe("Whether the training split is read in an order, and cut at places, that differ with seed and epoch."),
  rows: z
    .enum(["windows", "packed", "padded"])
    .default("windows")
    .describe(
      "windows: the documents as one stream, cut every contextLength tokens. packed: several whole documents a row, none " +
        "of which sees another. padded: one document a row, in batches of up to four lengths.",
    ),
  workers: z
    .int()
    .min(0)
    .max(64)
    .optional()
    .meta({ "x-codex-effect": "observing" })
    .describe(
      "Threads that encode a large corpus, where the tokenizer allows it; 0: none. Default: one a core, up to 8.",
    ),
});

export type TextOptions = z.output<typeof textOptions>;
