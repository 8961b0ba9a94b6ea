import { readFile, stat } from "node:fs/promises";
import { checkpointErrors } from "./errors.js";

/** Most bytes of a JSON file that is read whole. */
const maxBytes = 64 * 1024 * 1024;

/**
 * Text of a file that has to be small: manifest, state, model description.
 *
 * @throws CODEX_CHECKPOINT_CORRUPT when it is not small.
 */
export async function readSmallFile(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > maxBytes) {
    throw checkpointErrors.CODEX_CHECKPOINT_CORRUPT({
      what: `The file has ${size} bytes; at most ${maxBytes} are read.`,
      where: path,
    });
  }
  return readFile(path, "utf8");
}
