import { join } from "node:path";

/** Where a project's runs are kept. */
export function runsFolderOf(projectFolder: string): string {
  return join(projectFolder, "runs");
}
