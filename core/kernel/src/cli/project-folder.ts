import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { projectFolders } from "../config/locate-config.js";

/** The folder of the codex.config file that rules here, else the folder itself. Never throws. */
export function findProjectFolder(workingFolder: string): string {
  return projectFolders(workingFolder).find(holdsConfig) ?? resolve(workingFolder);
}

function holdsConfig(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => /^codex\.config\.(ts|js|mjs|json|yaml)$/.test(name));
  } catch {
    return false;
  }
}
