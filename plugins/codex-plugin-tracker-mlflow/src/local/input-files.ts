import { createHash } from "node:crypto";
import { join } from "node:path";
import { makeFolder } from "codex-core";
import type { Dataset } from "../run-store.js";
import { writeMeta } from "./meta-file.js";

/** Says what a run was trained on: the dataset is its experiment's, the run refers to it. */
export async function writeInput(experimentFolder: string, runFolder: string, dataset: Dataset): Promise<void> {
  const datasetId = digestOf(dataset.name, dataset.digest);
  const datasetFolder = join(experimentFolder, "datasets", datasetId);
  await makeFolder(datasetFolder);
  const { name, digest, sourceType, source, profile } = dataset;
  await writeMeta(datasetFolder, { digest, name, profile, schema: null, source, source_type: sourceType });
  const inputFolder = join(runFolder, "inputs", digestOf(datasetId, runFolder));
  await makeFolder(inputFolder);
  await writeMeta(inputFolder, {
    source_type: "DATASET",
    source_id: datasetId,
    destination_type: "RUN",
    destination_id: datasetId,
    tags: { "mlflow.data.context": "training" },
  });
}

/** 32 hex digits, as all ids of MLflow's that are no numbers. */
function digestOf(...words: readonly string[]): string {
  return createHash("sha256").update(words.join("\n")).digest("hex").slice(0, 32);
}
