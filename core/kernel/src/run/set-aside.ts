import { mkdir, open, readdir, rename } from "node:fs/promises";
import { join } from "node:path";

/**
 * Moves checkpoints past a step, of a line that the run leaves, to where `latest` does not find them, and gives their new
 * paths. They are durable there when the run goes on; when the power goes before, each is in one of both places.
 */
export async function setAside(checkpoints: string, step: number): Promise<readonly string[]> {
  const names = (await readdir(checkpoints)).filter((name) => /^step-\d+$/.test(name) && Number(name.slice(5)) > step);
  if (names.length === 0) return [];
  const aside = join(checkpoints, `superseded-${Date.now()}`);
  await mkdir(aside);
  await syncFolder(checkpoints);
  for (const name of names) await rename(join(checkpoints, name), join(aside, name));
  await syncFolder(aside);
  await syncFolder(checkpoints);
  return names.map((name) => join(aside, name));
}

/** Forces the names in a folder to disk. Windows opens no folders; there a rename itself is durable enough. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
