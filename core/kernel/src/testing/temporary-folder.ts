import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new empty folder with a space in its name; remove it with `removeTemporaryFolders`. */
export async function createTemporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "codex test ")));
  created.add(folder);
  return folder;
}

/** Removes all folders that `createTemporaryFolder` made. */
export async function removeTemporaryFolders(): Promise<void> {
  const folders = [...created];
  created.clear();
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 3 })));
}

const created = new Set<string>();
