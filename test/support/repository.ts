import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Absolute path of the checkout, with a slash at the end. */
export const repositoryRoot = fileURLToPath(new URL("../..", import.meta.url));

/** Files of a folder that belong to the repository: tracked, or new and not ignored; paths from the root. */
export function repositoryFiles(...patterns: readonly string[]): string[] {
  const output = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--", ...patterns], {
    cwd: repositoryRoot,
    encoding: "utf8",
  });
  return [...new Set(output.split("\n").filter(Boolean))].sort();
}

/** TypeScript sources of a folder. */
export function sourceFiles(folder: string): string[] {
  return repositoryFiles(folder).filter((file) => file.endsWith(".ts"));
}
