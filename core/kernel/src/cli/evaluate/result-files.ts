import { appendFile, open, rm, stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { evaluationErrors } from "../../errors/evaluation-errors.js";
import { makeFolder } from "../../run/make-folder.js";

/**
 * Makes sure that a file of results can be written, before anything is measured for it. A file that was not there is not
 * there afterwards; its folder is. What is no plain file (a pipe) is left alone.
 *
 * @throws CODEX_EVALUATION_OUTPUT
 */
export async function requireWritable(path: string): Promise<void> {
  await writing(path, async () => {
    const there = await stat(path).catch(() => undefined);
    if (there && !there.isFile() && !there.isDirectory()) return;
    await (await open(path, "a")).close();
    if (!there) await rm(path);
  });
}

/** @throws CODEX_EVALUATION_OUTPUT */
export async function writeResults(path: string, text: string): Promise<void> {
  await writing(path, () => writeFile(path, text));
}

/**
 * Appends a line, behind a line that has no end as a line of its own.
 *
 * @throws CODEX_EVALUATION_OUTPUT
 */
export async function appendLine(path: string, line: string): Promise<void> {
  await writing(path, async () => {
    const before = (await endsWithinLine(path)) ? "\n" : "";
    await appendFile(path, `${before}${line}\n`);
  });
}

async function endsWithinLine(path: string): Promise<boolean> {
  const there = await stat(path).catch(() => undefined);
  if (!there?.isFile() || there.size === 0) return false;
  const file = await open(path, "r");
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, there.size - 1);
    return buffer[0] !== 0x0a;
  } finally {
    await file.close();
  }
}

async function writing(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await makeFolder(resolve(path, ".."));
    await write();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw evaluationErrors.CODEX_EVALUATION_OUTPUT({
      what: `The results cannot be written: ${reason}`,
      where: path,
      cause: error,
    });
  }
}
