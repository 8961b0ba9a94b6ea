import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { configErrors } from "../errors/config-errors.js";
import { foldersUpwards } from "../plugins/folders-upwards.js";

const configFileNames = ["ts", "js", "mjs", "json", "yaml"].map((ending) => `codex.config.${ending}`);

/**
 * The folders in which a project's config may lie: from the start up to the project's root, which is the nearest
 * folder with `.git`, else the nearest with a package.json, else the start itself. Farther up is somebody else's.
 */
export function projectFolders(start: string): readonly string[] {
  const folders = [...foldersUpwards(resolve(start))];
  for (const sign of [".git", "package.json"]) {
    const root = folders.findIndex((folder) => existsSync(join(folder, sign)));
    if (root >= 0) return folders.slice(0, root + 1);
  }
  return folders.slice(0, 1);
}

/** Whether a folder lies in a project: a codex.config or a package.json is in it, or above it up to the root. */
export function isInProject(folder: string): boolean {
  const signs = ["package.json", ...configFileNames];
  return projectFolders(folder).some((place) => signs.some((sign) => existsSync(join(place, sign))));
}

/**
 * The project's codex.config file, from a folder upwards to the project's root.
 *
 * @throws CODEX_CONFIG_AMBIGUOUS_FILE when a folder holds two
 */
export function locateConfig(start: string): string | undefined {
  for (const folder of projectFolders(start)) {
    const found = configFileNames.map((name) => join(folder, name)).filter((file) => existsSync(file));
    if (found.length > 1) {
      throw configErrors.CODEX_CONFIG_AMBIGUOUS_FILE({
        what: `${folder} holds ${found.length} project configs.`,
        where: found.join(", "),
      });
    }
    if (found[0]) return found[0];
  }
  return undefined;
}
