import { chmod, open, realpath, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isCodexError } from "../errors/codex-error.js";
import { ingestErrors } from "../errors/ingest-errors.js";
import { isFolder, makeFolder } from "../run/make-folder.js";
import { RunLock } from "../run/run-lock.js";

/** Where a target's new files are written. */
export interface Workplace {
  /** The target's file name. */
  readonly name: string;
  /** Empty. */
  readonly folder: string;
  /** The folder of the target, when one of its files is there already. */
  readonly before?: string;
}

/**
 * Makes the files of a target anew in a folder beside it, `.NAME.ingest`, and puts them in its place: a reader sees the
 * old file or the new one, also after a power cut, and whatever fails leaves the old one. One process at a time.
 *
 * @param filesOf the names of all files of a target, its own first
 * @throws CODEX_INGEST_TARGET, CODEX_INGEST_BUSY, and what `write` throws
 */
export async function replaceFiles<Value>(
  target: string,
  filesOf: (name: string) => readonly string[],
  write: (workplace: Workplace) => Promise<Value>,
): Promise<Value> {
  const path = await settledPath(target);
  const [home, name] = [dirname(path), basename(path)];
  const place = join(home, `.${name}.ingest`);
  const lock = await lockPlace(place, path);
  const folder = join(place, "new");
  try {
    await rm(folder, { recursive: true, force: true });
    await makeFolder(folder);
    const files = filesOf(name);
    const earlier = await Promise.all(files.map((file) => hasContent(join(home, file))));
    const value = await write({ name, folder, ...(earlier.includes(true) ? { before: home } : {}) });
    // The target's own file comes last: it is what tells that all are new.
    for (const file of [...files].reverse()) await moveInto(folder, home, file);
    await syncFolder(home);
    return value;
  } finally {
    await rm(folder, { recursive: true, force: true });
    await lock.release();
    // Another process may have begun here meanwhile: its files keep the folder.
    await rmdir(place).catch(() => undefined);
  }
}

/** The path with links followed: a link is kept, and what it leads to replaced. @throws CODEX_INGEST_TARGET */
async function settledPath(target: string): Promise<string> {
  // Asked before the path is: that of a pipe, to which /dev/stdout may lead, is none.
  const there = await stat(target).catch(() => undefined);
  if (there && !there.isFile()) {
    throw ingestErrors.CODEX_INGEST_TARGET({ what: `${target} is no file that can be written to.`, where: target });
  }
  if (!there) {
    const home = await realpath(dirname(target)).catch(() => undefined);
    if (home !== undefined && (await isFolder(home))) return join(home, basename(target));
    throw ingestErrors.CODEX_INGEST_TARGET({ what: `There is no folder ${dirname(target)}.`, where: target });
  }
  return realpath(target);
}

async function lockPlace(place: string, target: string, tries = 10): Promise<RunLock> {
  try {
    await makeFolder(place);
    return await RunLock.acquire(place);
  } catch (cause) {
    // Another process that was done here has taken the folder away.
    if (tries > 0 && (cause as NodeJS.ErrnoException).code === "ENOENT") return lockPlace(place, target, tries - 1);
    await rmdir(place).catch(() => undefined);
    if (!isCodexError(cause)) throw cause;
    throw ingestErrors.CODEX_INGEST_BUSY({
      what: `${target} is being written by another ingest.`,
      where: place,
      cause,
    });
  }
}

/** A file without content is as good as none. */
async function hasContent(path: string): Promise<boolean> {
  return ((await stat(path).catch(() => undefined))?.size ?? 0) > 0;
}

/** Moves a new file into place, with the permissions of the one before. */
async function moveInto(folder: string, home: string, file: string): Promise<void> {
  const [made, place] = [join(folder, file), join(home, file)];
  const earlier = await stat(place).catch(() => undefined);
  if (earlier) await chmod(made, earlier.mode & 0o777);
  const handle = await open(made, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(made, place);
}

async function syncFolder(folder: string): Promise<void> {
  // Windows syncs no folders.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  await handle.sync().finally(() => handle.close());
}
