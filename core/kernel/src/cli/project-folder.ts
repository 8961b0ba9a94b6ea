import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { projectFolders } from "../config/locate-config.js";

/** The folder of the codex.config file that rules here, else the folder itself. Never throws. */
export function findProjectFolder(workingFolder: string): string {
  return projectFolders(workingFolder).find(holdsConfig) ?? resolve(workingFolder);
}

/** Where a project's runs are kept. */
export function runsFolderOf(projectFolder: string): string {
  return join(projectFolder, "runs");
}

function holdsConfig(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => /^codex\.config\.(ts|js|mjs|json|yaml)$/.test(name));
  } catch {
    return false;
  }
}
