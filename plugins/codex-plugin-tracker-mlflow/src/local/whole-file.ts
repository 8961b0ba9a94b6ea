import { rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder } from "codex-core";

/** Writes a file so that no reader ever sees a part of it. `draft` is where MLflow does not look. */
export async function writeWhole(path: string, text: string, draft: string): Promise<void> {
  try {
    await writeFile(draft, text);
    await rename(draft, path).catch(async (error: unknown) => {
      if (!isMissing(error)) throw error;
      await makeFolder(dirname(path));
      await rename(draft, path);
    });
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return codeOf(error) === "ENOENT";
}

/** Whether a name is a folder where a file should be, or the other way round: MLflow has `a` or `a/b`, never both. */
export function isNameTaken(error: unknown): boolean {
  return ["ENOTDIR", "EISDIR", "EEXIST", "ENOTEMPTY"].includes(codeOf(error) ?? "");
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
