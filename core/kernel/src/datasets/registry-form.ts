import { z } from "zod";
import type { JsonObject } from "../contracts/json.js";
import { datasetName } from "./dataset-reference.js";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "it is no SHA-256 in hex");
const count = z.int().min(0);

const fileForm = z.strictObject({ id: z.string().min(1), sizeBytes: count, sha256 });

const sourceForm = z.strictObject({
  name: z.string().min(1),
  weight: z.number().min(0),
  license: z.string().min(1).optional(),
  homepage: z.string().min(1).optional(),
  files: z.array(fileForm),
});

/** One entry of datasets.json. */
export const datasetForm = z.strictObject({
  name: z.string().regex(datasetName, "it is no name: letters, digits, dots, dashes and underscores, 64 at most"),
  version: z.int().min(1).max(999_999_999),
  license: z.string().min(1).optional(),
  homepage: z.string().min(1).optional(),
  data: z.looseObject({
    type: z.string().min(1),
    dataset: z.never("a registered section names no dataset itself").optional(),
    fingerprint: z.never("it stands beside the section").optional(),
  }),
  fingerprint: sha256,
  documents: count.optional(),
  sources: z.array(sourceForm),
  addedAt: z.iso.datetime(),
});

/** What datasets.json holds. */
export const registryForm = z.strictObject({
  formatVersion: z.literal(1),
  datasets: z.array(datasetForm),
});

/** A dataset as it is registered. */
export type Dataset = Omit<z.output<typeof datasetForm>, "data"> & {
  /** The config section that reads it. */
  readonly data: JsonObject;
};
