import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type DataProblem, isCodexError } from "codex-core";
import { BlockCache } from "../prepared/block-cache.js";
import { CheckedFile } from "../prepared/checked-file.js";
import { blockBytes } from "../prepared/checked-writer.js";
import { lengthsIn, rowsFolder } from "./row-index-place.js";

/** Reads every index of rows in a folder of prepared data, and says which are not as they were written. */
export async function verifyRows(folder: string, signal: AbortSignal): Promise<DataProblem[]> {
  const problems: DataProblem[] = [];
  const rows = join(folder, rowsFolder);
  let names: readonly string[] = [];
  try {
    names = await readdir(rows);
  } catch (error) {
    // There is none before rows were packed or padded.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
      problems.push({ file: rowsFolder, problem: unreadable(error), folder: rows });
    }
  }
  for (const name of names) {
    for (const length of lengthsIn(name)) {
      const problem = await problemOf(join(rows, name, String(length)), signal);
      if (problem) problems.push({ file: `${rowsFolder}/${name}/${length}`, problem, folder: join(rows, name) });
    }
  }
  return problems;
}

/** Every block is read and compared with its checksum. */
async function problemOf(path: string, signal: AbortSignal): Promise<string | undefined> {
  let file: CheckedFile | undefined;
  try {
    file = await CheckedFile.open(path, new BlockCache(0));
    for (let start = 0; start < file.sizeBytes; start += blockBytes) {
      signal.throwIfAborted();
      await file.read(start, Math.min(blockBytes, file.sizeBytes - start));
    }
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (!isCodexError(error)) return unreadable(error);
    return error.cause === undefined ? "its bytes are not those that were written" : unreadable(error.cause);
  } finally {
    await file?.close();
  }
}

function unreadable(error: unknown): string {
  return `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}
