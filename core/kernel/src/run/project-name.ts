import { readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** Name of a project: of its package, without a scope, or of its folder. */
export function projectName(folder: string): string {
  try {
    const { name } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name?: unknown };
    if (typeof name === "string" && name !== "") return name.replace(/^@[^/]*\//, "");
  } catch {
    // No package: the folder's name does.
  }
  return basename(folder) || "codex";
}
