import { join } from "node:path";
import { isInProject } from "../config/locate-config.js";

/** Where a project keeps errors that are of no run's folder; undefined where the folder is in no project. */
export function errorsFolder(projectFolder: string): string | undefined {
  return isInProject(projectFolder) ? join(projectFolder, ".codex", "errors") : undefined;
}
