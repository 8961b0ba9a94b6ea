import { open, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Codes of folders above a run's that cannot be forced to disk: another user's, or of a system that cannot do it. */
const unsyncable = new Set(["EACCES", "EPERM", "EINVAL", "ENOTSUP"]);

/** Forces the names in a folder to disk. Windows opens no folders; there a rename itself is durable enough. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform !== "win32") await sync(path, "r");
}

/** Forces a folder to disk, with all files and folders in it. */
export async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) await sync(path, "r+");
    else if (entry.isDirectory()) await syncFolder(path);
  }
  await syncFolder(folder);
}

/** Forces the names of the folders above a folder to disk: they may be as new as it is. */
export async function syncAbove(folder: string): Promise<void> {
  for (let path = dirname(folder); ; path = dirname(path)) {
    await syncFolder(path).catch((error: NodeJS.ErrnoException) => {
      if (!unsyncable.has(error.code ?? "")) throw error;
    });
    if (path === dirname(path)) return;
  }
}

async function sync(path: string, flags: "r" | "r+"): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
