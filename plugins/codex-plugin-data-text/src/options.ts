import { z } from "zod";

const observing = { "x-codex-effect": "observing" };

const paths = z
  .array(z.string().min(1))
  .min(1)
  .describe(
    "Files, folders, globs, or npm:PACKAGE/GLOB for files of an installed package. Relative ones start at the project.",
  );
const extensions = z.array(z.string().regex(/^\.[^/\\*?]+$/)).min(1);
const textField = z.string().min(1);
const license = z
  .string()
  .min(1)
  .meta(observing)
  .describe("What the texts may be used under, as an SPDX expression. Default: that of the npm package they are from.");
const homepage = z
  .string()
  .min(1)
  .meta(observing)
  .describe("Where the texts were obtained. Default: the homepage of the npm package they are from.");

const part = z.strictObject({
  paths,
  weight: z
    .number()
    .positive()
    .default(1)
    .describe("Share of the training tokens, relative to the other parts, whatever their sizes are."),
  extensions: extensions
    .optional()
    .describe("What a file's name has to end with, for this part. Default: the `extensions` of all."),
  textField: textField
    .optional()
    .describe("The field or column that holds a text, for this part. Default: the `textField` of all."),
  license: license.optional(),
  homepage: homepage.optional(),
});

/** The description is what a message says of another name. */
const partName = z
  .string()
  .regex(/^(?!validation$)[a-z0-9-]+$/)
  .describe("a word of a-z, 0-9 and -, other than `validation`");

/** What can hold documents: JSON Schema has no other way to say that exactly one of the two keys is there. */
const oneOfTwo = { oneOf: [{ required: ["paths"] }, { required: ["mixture"] }] };

/** Options of text data; corpus and batchSource share them. */
export const textOptions = z
  .strictObject({
    paths: paths.optional(),
    mixture: z
      .record(partName, part)
      .refine((parts) => Object.keys(parts).length > 0, "names no part")
      .meta({ minProperties: 1 })
      .optional()
      .describe("In place of `paths`: several sources by name, each with paths and a weight of its own."),
    extensions: extensions
      .default([".txt", ".md"])
      .describe("What a file's name has to end with to be taken from a folder. Globs and files ignore it."),
    textField: textField
      .default("text")
      .describe("The field (.jsonl, .ndjson) or column (.csv, .tsv, .parquet) that holds a document's text."),
    license: license.optional(),
    homepage: homepage.optional(),
    fingerprint: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .meta(observing)
      .optional()
      .describe("Refuses a corpus whose fingerprint is another. Left out: any is taken."),
    dataset: z
      .string()
      .min(1)
      .meta(observing)
      .optional()
      .describe(
        "Name and version of a registered dataset, such as `moby-dick@1`, in place of `paths`. Left out: none.",
      ),
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
      .describe(
        "What is held out, in the same forms as `paths`. Files that are named elsewhere too are only held out. Left out: a share, see validationFraction.",
      ),
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
      .meta({ ...observing, "x-codex-unit": "threads" })
      .describe(
        "Threads that encode a large corpus, where the tokenizer allows it; 0: none. Default: one a core but one, which reads and writes, up to 8.",
      ),
  })
  .refine(({ paths, mixture }) => (paths === undefined) !== (mixture === undefined), {
    message: "has to have either `paths` or `mixture`: add one of them, or leave one out",
  })
  .meta(oneOfTwo)
  .describe("Text files: found, split, tokenized once, and read as batches.");

export type TextOptions = z.output<typeof textOptions>;
