import { createHash } from "node:crypto";
import { readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { makeFolder } from "codex-core";
import { readMeta, writeMeta } from "./meta-file.js";
import { isMissing } from "./whole-file.js";

export interface ExperimentFolder {
  readonly id: string;
  readonly folder: string;
}

const trash = ".trash";

/**
 * The folder of an experiment by its id, else by its name; one that was deleted is restored, one that is not there is
 * made. Processes that make the same one at the same moment make one: its id is made of its name.
 */
export async function openExperiment(root: string, name: string, id?: string): Promise<ExperimentFolder> {
  await makeFolder(join(root, trash));
  const found = (id !== undefined && (await findById(root, id))) || (await findByName(root, name));
  if (found) return found;
  const made = await unusedFolder(root, name);
  await makeFolder(made.folder);
  const now = Date.now();
  await writeMeta(made.folder, {
    artifact_location: pathToFileURL(made.folder).href,
    creation_time: now,
    experiment_id: made.id,
    last_update_time: now,
    lifecycle_stage: "active",
    name,
  });
  return made;
}

/** Where an experiment was renamed, its id stays with it. */
async function unusedFolder(root: string, name: string): Promise<ExperimentFolder> {
  for (let attempt = 1; ; attempt++) {
    const id = idOf(attempt === 1 ? name : `${name}\n${attempt}`);
    const known = (await readMeta(join(root, id))) ?? (await readMeta(join(root, trash, id)));
    if (known === undefined || known.name === name) return { id, folder: join(root, id) };
  }
}

async function findById(root: string, id: string): Promise<ExperimentFolder | undefined> {
  const folder = join(root, id);
  if (await readMeta(folder)) return { id, folder };
  return (await readMeta(join(root, trash, id))) ? restore(root, id) : undefined;
}

async function findByName(root: string, name: string): Promise<ExperimentFolder | undefined> {
  for (const id of await experimentIds(root)) {
    if ((await readMeta(join(root, id)))?.name === name) return { id, folder: join(root, id) };
  }
  for (const id of await experimentIds(join(root, trash))) {
    if ((await readMeta(join(root, trash, id)))?.name === name) return restore(root, id);
  }
  return undefined;
}

async function restore(root: string, id: string): Promise<ExperimentFolder> {
  const folder = join(root, id);
  await rename(join(root, trash, id), folder).catch((error: unknown) => {
    // Another process was quicker.
    if (!isMissing(error)) throw error;
  });
  await writeMeta(folder, { ...(await readMeta(folder)), lifecycle_stage: "active", last_update_time: Date.now() });
  return { id, folder };
}

async function experimentIds(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => /^\d+$/.test(name)).sort();
}

/** Eighteen digits, as MLflow's own ids have. */
function idOf(name: string): string {
  const digest = createHash("sha256").update(name).digest().readBigUInt64BE();
  return String(10n ** 17n + (digest % (9n * 10n ** 17n)));
}
