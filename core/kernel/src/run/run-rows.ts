import { type FileHandle, open } from "node:fs/promises";
import { completeLines } from "../ingest/complete-lines.js";
import { parseRow, type Row } from "./ndjson-file.js";

/** The complete lines of a file, in pieces, so that memory does not grow with it; none where there is no file. */
export async function* linesOf(path: string): AsyncGenerator<readonly string[], void, void> {
  const file = await openIfThere(path);
  if (!file) return;
  try {
    for await (const { lines } of completeLines(file)) yield lines;
  } finally {
    await file.close();
  }
}

/** The rows of an NDJSON file, as `linesOf` reads it; lines that are no objects are left out. */
export async function* rowsOf(path: string): AsyncGenerator<Row, void, void> {
  for await (const lines of linesOf(path)) {
    for (const line of lines) {
      const row = parseRow(line);
      if (row) yield row;
    }
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
