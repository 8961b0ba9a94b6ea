import { randomBytes } from "node:crypto";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder } from "codex-core";
import { textErrors } from "../errors.js";

const abandonedAfterMs = 24 * 3600 * 1000;
const temporaryEnd = ".tmp";

/**
 * Does what reads or writes below the cache's folder.
 *
 * @throws CODEX_DATA_CACHE for what the system refuses; what else `work` throws
 */
export async function inCache<Value>(path: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (cause) {
    const { syscall, path: refused = path, message } = cause as NodeJS.ErrnoException;
    if (syscall === undefined) throw cause;
    const what = `Prepared data cannot be kept: ${message}.`;
    throw textErrors.CODEX_DATA_CACHE({ what, where: lastingPath(refused), cause });
  }
}

/** The folder that a temporary one was to be in: that one is gone, or never was there, when somebody reads of it. */
function lastingPath(path: string): string {
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) {
    if (folder.endsWith(temporaryEnd)) return dirname(folder);
  }
  return path;
}

/** A name beside a folder's that nobody else has. */
export function temporaryName(folder: string): string {
  return `${folder}.${process.pid}-${randomBytes(4).toString("hex")}${temporaryEnd}`;
}

/**
 * Makes an empty folder beside the one that it is to become by a rename. Removes what processes that died have left there:
 * temporary folders that nothing was written to for a day.
 *
 * @throws CODEX_DATA_CACHE
 */
export async function makeTemporary(folder: string): Promise<string> {
  const temporary = temporaryName(folder);
  await inCache(temporary, async () => {
    await makeFolder(dirname(folder));
    await mkdir(temporary);
  });
  await removeAbandoned(dirname(folder));
  return temporary;
}

/** What cannot be removed stays: it may be another user's. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    if (!name.endsWith(temporaryEnd)) continue;
    const folder = join(parent, name);
    const names = await readdir(folder).catch(() => []);
    const times = await Promise.all([folder, ...names.map((file) => join(folder, file))].map(modifiedAtMs));
    if (Math.max(...times) > Date.now() - abandonedAfterMs) continue;
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function modifiedAtMs(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
}
