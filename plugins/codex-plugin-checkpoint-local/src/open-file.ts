import { type FileHandle, open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { isCodexError } from "codex-core";
import { checkpointErrors, corruptCheckpoint } from "./errors.js";
import { readFully } from "./safetensors/positional-io.js";
import { parseStrictJson } from "./strict-json.js";

/** Most bytes of a JSON file; it is read whole. */
const maxJsonBytes = 16 * 1024 * 1024;

/** Codes that say that a file may be there; any other says that there is none of that name. */
const unreadable = new Set(["EACCES", "EPERM", "EIO", "EMFILE", "ENFILE"]);

/**
 * Opens a plain file of a checkpoint; what may block or never end, such as a pipe, is not opened.
 *
 * @throws CODEX_CHECKPOINT_CORRUPT when it is not there or is something else, CODEX_CHECKPOINT_READ
 */
export async function openFile(path: string): Promise<FileHandle> {
  return reading(path, async () => {
    try {
      if ((await stat(path)).isFile()) return await open(path, "r");
    } catch (error) {
      if (unreadable.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
    throw corruptCheckpoint(path, `${basename(path)} is missing.`);
  });
}

/**
 * What an open JSON file holds.
 *
 * @throws CODEX_CHECKPOINT_CORRUPT when it is too large or not strict JSON, CODEX_CHECKPOINT_READ
 */
export async function readJson(handle: FileHandle, path: string): Promise<unknown> {
  const bytes = await reading(path, () => readWhole(handle, path));
  try {
    return parseStrictJson(bytes);
  } catch (cause) {
    throw corruptCheckpoint(path, `${basename(path)} is not strict JSON: ${(cause as Error).message}`, cause);
  }
}

async function readWhole(handle: FileHandle, path: string): Promise<Uint8Array> {
  const { size } = await handle.stat();
  if (size > maxJsonBytes) {
    throw corruptCheckpoint(path, `The file has ${size} bytes; at most ${maxJsonBytes} are read.`);
  }
  const bytes = new Uint8Array(size);
  if (!(await readFully(handle, bytes, 0))) throw corruptCheckpoint(path, "The file ended while it was read.");
  return bytes;
}

/** Gives errors of the file system a code of the catalogue. */
export async function reading<Value>(path: string, read: () => Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (cause) {
    if (isCodexError(cause)) throw cause;
    const what = `${basename(path)} cannot be read: ${(cause as Error).message}`;
    throw checkpointErrors.CODEX_CHECKPOINT_READ({ what, where: path, cause });
  }
}
