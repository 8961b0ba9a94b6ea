import { rmSync } from "node:fs";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const options = { recursive: true, force: true, maxRetries: 3 };
const created = new Set<string>();
let removesAtExit = false;

/** A new empty folder with a space in its name; gone when the process ends, or after `removeTemporaryFolders`. */
export async function createTemporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "codex test ")));
  created.add(folder);
  if (!removesAtExit) process.once("exit", removeAtExit);
  removesAtExit = true;
  return folder;
}

/** Removes all folders that `createTemporaryFolder` made. */
export async function removeTemporaryFolders(): Promise<void> {
  const folders = [...created];
  created.clear();
  await Promise.all(folders.map((folder) => rm(folder, options)));
}

function removeAtExit(): void {
  for (const folder of created) rmSync(folder, options);
}
