import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join, relative, sep } from "node:path";

const unfinishedPrefix = ".unfinished-";
const replacedPrefix = ".replaced-";
const removedPrefix = ".removed-";

/**
 * Makes a folder of files that is either there whole or not at all, whenever the power goes: `fill` writes into a
 * folder of another name, everything is forced to disk, and only then it gets its name. A folder that has the name
 * already is replaced.
 */
export async function writeDurably(
  parent: string,
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  await mkdir(parent, { recursive: true });
  await cleanUp(parent);
  const unfinished = join(parent, `${unfinishedPrefix}${randomBytes(4).toString("hex")}-${name}`);
  const target = join(parent, name);
  await mkdir(unfinished);
  try {
    await fill(unfinished);
    await syncTree(unfinished);
    await moveAside(target, join(parent, `${replacedPrefix}${name}`));
    await rename(unfinished, target);
    await syncFolder(parent);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    await cleanUp(parent);
    throw error;
  }
  await rm(join(parent, `${replacedPrefix}${name}`), { recursive: true, force: true });
  return target;
}

/** Removes a folder so that nobody ever sees a part of it under its name. */
export async function removeDurably(parent: string, name: string): Promise<void> {
  const removed = join(parent, `${removedPrefix}${name}`);
  await rm(removed, { recursive: true, force: true });
  await rename(join(parent, name), removed);
  await rm(removed, { recursive: true, force: true });
}

/** Files of a folder and its folders, relative, with forward slashes. */
export async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

/** Tidies what an earlier process left when it was killed: a replaced folder comes back if its successor did not. */
async function cleanUp(parent: string): Promise<void> {
  const names = new Set(await readdir(parent));
  for (const name of names) {
    if (name.startsWith(replacedPrefix) && !names.has(name.slice(replacedPrefix.length))) {
      await rename(join(parent, name), join(parent, name.slice(replacedPrefix.length)));
    } else if ([unfinishedPrefix, replacedPrefix, removedPrefix].some((prefix) => name.startsWith(prefix))) {
      await rm(join(parent, name), { recursive: true, force: true });
    }
  }
}

async function moveAside(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) await syncPath(path, "r+");
    else if (entry.isDirectory()) await syncFolder(path);
  }
  await syncFolder(folder);
}

/** Windows opens no folders; there the rename itself is durable enough. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform !== "win32") await syncPath(path, "r");
}

async function syncPath(path: string, flags: "r" | "r+"): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
