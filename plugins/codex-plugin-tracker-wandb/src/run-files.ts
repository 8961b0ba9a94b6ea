import { copyFile, link, mkdir, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ArtifactRecord } from "codex-core";

/** Where an artifact lies below the run's `files/`, apart from the files that W&B writes there itself. */
export function artifactPath({ name, type }: ArtifactRecord): string {
  const safe = name.split(/[\\/]/).filter((part) => part !== "" && part !== "." && part !== "..");
  return ["artifacts", ...(type === "checkpoint" ? ["checkpoints"] : []), ...safe].join("/");
}

/** Puts a file, or all files of a folder, below `folder`; their paths there, none when it is gone. */
export async function placeFiles(source: string, folder: string, path: string): Promise<readonly string[]> {
  const facts = await stat(source).catch(() => undefined);
  if (!facts) return [];
  if (!facts.isDirectory()) {
    await place(source, join(folder, path));
    return [path];
  }
  const names = (await readdir(source, { withFileTypes: true })).filter(
    (entry) => entry.isFile() || entry.isDirectory(),
  );
  const paths = [];
  for (const { name } of names) paths.push(...(await placeFiles(join(source, name), folder, `${path}/${name}`)));
  return paths;
}

/** A second name for the same bytes where the disk allows it, which costs no space; else a copy. */
async function place(source: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await rm(target, { force: true });
  await link(source, target).catch(() => copyFile(source, target));
}
