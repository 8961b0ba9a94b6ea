import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { isStepFolder, nameBefore, standInName } from "./step-folder.js";
import { syncAbove, syncFolder, syncTree } from "./sync.js";

const unfinishedPrefix = ".unfinished-";
const removedPrefix = ".removed-";

/**
 * Makes a step's folder, which is either there whole or not at all, whenever the power goes: `fill` writes into a folder
 * of another name, everything is forced to disk, and only then it gets its name. A folder that has the name already
 * stands aside under another checkpoint's name until the new one is durable.
 */
export async function writeDurably(
  parent: string,
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  await mkdir(parent, { recursive: true });
  const names = await cleanUp(parent);
  if (!names.some(isStepFolder)) await syncAbove(parent);
  const unfinished = join(parent, `${unfinishedPrefix}${randomBytes(4).toString("hex")}-${name}`);
  const target = join(parent, name);
  try {
    await mkdir(unfinished);
    await fill(unfinished);
    await syncTree(unfinished);
    if (names.includes(name)) await rename(target, join(parent, standInName(name)));
    await rename(unfinished, target);
    await syncFolder(parent);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(leaveToNextSave);
    await cleanUp(parent).catch(leaveToNextSave);
    throw error;
  }
  if (names.includes(name)) await removeDurably(parent, standInName(name)).catch(leaveToNextSave);
  return target;
}

/**
 * Removes a folder so that nobody ever sees a part of it under its name: it loses the name first, durably. What another
 * process has removed meanwhile is removed.
 */
export async function removeDurably(parent: string, name: string): Promise<void> {
  const removed = join(parent, `${removedPrefix}${name}`);
  await rm(removed, { recursive: true, force: true });
  await rename(join(parent, name), removed).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  await syncFolder(parent);
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

/**
 * Tidies what an earlier process left when it was stopped, and gives the names that remain. A checkpoint that stands
 * aside gets its name back, unless the one that was to take its place is there.
 */
async function cleanUp(parent: string): Promise<readonly string[]> {
  const names = new Set(await readdir(parent));
  for (const name of [...names]) {
    const before = nameBefore(name);
    if (before !== undefined && !names.has(before)) {
      await rename(join(parent, name), join(parent, before));
      names.add(before);
    } else if (before !== undefined) {
      await removeDurably(parent, name);
    } else if (name.startsWith(unfinishedPrefix) || name.startsWith(removedPrefix)) {
      await rm(join(parent, name), { recursive: true, force: true });
    } else continue;
    names.delete(name);
  }
  return [...names];
}

/** The next save tidies what could not be tidied now; the reason that counts is told, or there is none. */
function leaveToNextSave(): void {}
