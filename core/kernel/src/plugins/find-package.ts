import { existsSync } from "node:fs";
import { join } from "node:path";
import { foldersUpwards } from "./folders-upwards.js";

/** Folder of an installed npm package as these folders see it, the first that does; undefined where none does. */
export function findPackage(name: string, from: readonly string[]): string | undefined {
  for (const start of from) {
    for (const folder of foldersUpwards(start)) {
      const candidate = join(folder, "node_modules", name);
      if (existsSync(join(candidate, "package.json"))) return candidate;
    }
  }
  return undefined;
}
