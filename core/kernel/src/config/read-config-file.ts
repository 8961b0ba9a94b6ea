import { readFile, stat } from "node:fs/promises";
import { isAbsolute, relative, sep } from "node:path";
import { configErrors } from "../errors/config-errors.js";

const maxSizeBytes = 1 << 20;

/**
 * The text of a config file.
 *
 * @param shown the path as messages show it
 * @throws CODEX_CONFIG_TOO_LARGE, CODEX_CONFIG_UNREADABLE
 */
export async function readConfigFile(file: string, shown: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > maxSizeBytes) throw tooLarge(shown, size);
    const bytes = await readFile(file);
    if (bytes.length > maxSizeBytes) throw tooLarge(shown, bytes.length);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof Error) || "exitCode" in error) throw error;
    const reason = error instanceof TypeError ? "it is not UTF-8 text" : error.message;
    throw configErrors.CODEX_CONFIG_UNREADABLE({
      what: `${shown} cannot be read: ${reason}.`,
      where: shown,
      cause: error,
    });
  }
}

/** A path as messages and origins show it: from the project's folder with slashes, absolute when outside. */
export function shownPath(projectFolder: string, file: string): string {
  const inside = relative(projectFolder, file);
  return inside.startsWith("..") || isAbsolute(inside) ? file : inside.split(sep).join("/");
}

function tooLarge(shown: string, sizeBytes: number): Error {
  return configErrors.CODEX_CONFIG_TOO_LARGE({
    what: `${shown} has ${sizeBytes} bytes; a config may have ${maxSizeBytes}.`,
    where: shown,
  });
}
