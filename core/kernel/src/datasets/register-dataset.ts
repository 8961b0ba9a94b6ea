import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isCodexError } from "../errors/codex-error.js";
import { dataErrors } from "../errors/data-errors.js";
import { makeFolder } from "../run/make-folder.js";
import { RunLock } from "../run/run-lock.js";
import { writeFileWhole } from "../run/write-file.js";
import { type DatasetReference, datasetLabel, versionsOf } from "./dataset-reference.js";
import { issueText, readRegistry, registryFile } from "./read-registry.js";
import { type Dataset, datasetForm } from "./registry-form.js";

const busyAfterMs = 10_000;
const retryMs = 20;

/** What was registered, or what was there already. */
export interface Registration {
  readonly dataset: Dataset;
  readonly added: boolean;
}

/**
 * Registers a dataset: under the version that is asked for, else under the one that has the same texts, else under the
 * next. What is registered is never changed. Others who do the same meanwhile lose nothing.
 *
 * @throws CODEX_DATASET_EXISTS, CODEX_DATASET_INVALID, CODEX_DATASETS_INVALID, CODEX_DATASETS_BUSY, CODEX_DATASETS_NOT_WRITTEN
 */
export async function registerDataset(
  projectFolder: string,
  { name, version }: DatasetReference,
  content: Omit<Dataset, "name" | "version">,
): Promise<Registration> {
  const { error } = datasetForm.safeParse({ name, version: version ?? 1, ...content });
  if (error)
    throw dataErrors.CODEX_DATASET_INVALID({ what: `${issueText(error)}.`, where: `${registryFile} → ${name}` });
  return withRegistryLock(projectFolder, async () => {
    const datasets = await readRegistry(projectFolder);
    const versions = versionsOf(datasets, name);
    const next = (versions.at(-1)?.version ?? 0) + 1;
    const isAsked = (known: Dataset): boolean =>
      version === undefined ? known.fingerprint === content.fingerprint : known.version === version;
    const known = versions.find(isAsked);
    if (known?.fingerprint === content.fingerprint) return { dataset: known, added: false };
    if (known) throw exists(known, next);
    const dataset: Dataset = { name, version: version ?? next, ...content };
    await write(projectFolder, [...datasets, dataset]);
    return { dataset, added: true };
  });
}

async function write(projectFolder: string, datasets: readonly Dataset[]): Promise<void> {
  const text = JSON.stringify({ formatVersion: 1, datasets }, null, 2);
  await writeFileWhole(join(projectFolder, registryFile), `${text}\n`);
}

/** Runs work while no other process changes the registry. */
async function withRegistryLock<Value>(projectFolder: string, work: () => Promise<Value>): Promise<Value> {
  let lock: RunLock | undefined;
  try {
    lock = await acquire(join(projectFolder, ".codex"));
    return await work();
  } catch (error) {
    if (isCodexError(error)) throw error;
    const what = `${registryFile} cannot be written: ${error instanceof Error ? error.message : String(error)}.`;
    throw dataErrors.CODEX_DATASETS_NOT_WRITTEN({ what, where: join(projectFolder, registryFile), cause: error });
  } finally {
    await lock?.release();
  }
}

async function acquire(folder: string): Promise<RunLock> {
  await makeFolder(folder);
  const startedAtMs = Date.now();
  while (true) {
    try {
      return await RunLock.acquire(folder);
    } catch (error) {
      if (!isCodexError(error)) throw error;
      if (Date.now() - startedAtMs > busyAfterMs) {
        throw dataErrors.CODEX_DATASETS_BUSY({ what: error.what, where: error.where, cause: error });
      }
    }
    await sleep(retryMs);
  }
}

function exists(known: Dataset, next: number): Error {
  const label = datasetLabel(known);
  return dataErrors.CODEX_DATASET_EXISTS({
    what: `${label} stands for other texts: its fingerprint begins with ${known.fingerprint.slice(0, 12)}.`,
    where: `${registryFile} → ${label}`,
    fix: `Register it as ${known.name}@${next}, which is free.`,
  });
}
