import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

const configNames = ["ts", "js", "mjs", "json", "yaml"].map((extension) => `codex.config.${extension}`);

/** The nearest folder upwards that holds a codex.config file, else the folder itself. */
export function findProjectFolder(workingFolder: string): string {
  for (let folder = workingFolder; ; folder = dirname(folder)) {
    if (configNames.some((name) => existsSync(join(folder, name)))) return folder;
    if (folder === dirname(folder)) return workingFolder;
  }
}

/** Where a project's runs are kept. */
export function runsFolderOf(projectFolder: string): string {
  return join(projectFolder, "runs");
}
