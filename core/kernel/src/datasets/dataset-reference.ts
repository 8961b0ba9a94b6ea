import { dataErrors } from "../errors/data-errors.js";
import { nearestName } from "../plugins/nearest-name.js";
import type { Dataset } from "./registry-form.js";

/** What names a dataset; the newest version where none is given. */
export interface DatasetReference {
  readonly name: string;
  readonly version?: number;
}

export const datasetName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * Reads `NAME` or `NAME@VERSION`.
 *
 * @throws CODEX_DATASET_NAME
 */
export function parseDatasetReference(text: string, where: string): DatasetReference {
  const [name = "", version, ...rest] = text.split("@");
  const isVersion = version === undefined || /^[1-9][0-9]{0,8}$/.test(version);
  if (!datasetName.test(name) || !isVersion || rest.length > 0) {
    const what = `"${text.slice(0, 100)}" is not of the form NAME or NAME@VERSION.`;
    throw dataErrors.CODEX_DATASET_NAME({ what, where });
  }
  return version === undefined ? { name } : { name, version: Number(version) };
}

/** `NAME@VERSION`. */
export function datasetLabel({ name, version }: Pick<Dataset, "name" | "version">): string {
  return `${name}@${version}`;
}

/** The versions of a dataset, oldest first. */
export function versionsOf(datasets: readonly Dataset[], name: string): readonly Dataset[] {
  return datasets.filter((dataset) => dataset.name === name).sort((one, other) => one.version - other.version);
}

/**
 * The dataset that is meant: the version that is named, else the newest.
 *
 * @throws CODEX_DATASET_UNKNOWN
 */
export function findDataset(datasets: readonly Dataset[], reference: DatasetReference, where: string): Dataset {
  const { name, version } = reference;
  const versions = versionsOf(datasets, name);
  const found = version === undefined ? versions.at(-1) : versions.find((dataset) => dataset.version === version);
  if (found) return found;
  if (versions.length > 0) {
    const known = versions.map(datasetLabel).join(", ");
    throw dataErrors.CODEX_DATASET_UNKNOWN({ what: `There is no ${name}@${version}. There are ${known}.`, where });
  }
  const names = [...new Set(datasets.map((dataset) => dataset.name))].sort();
  const near = nearestName(name, names);
  throw dataErrors.CODEX_DATASET_UNKNOWN({
    what: `There is no dataset "${name}".${near ? ` Did you mean "${near}"?` : ""}`,
    where,
    why:
      names.length > 0 ? `datasets.json has ${names.join(", ")}.` : "The project has no datasets.json, or none in it.",
  });
}
