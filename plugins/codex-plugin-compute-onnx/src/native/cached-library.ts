import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LibrarySource } from "./library-source.js";

const digestOf = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex").slice(0, 16);

/** The file name of a library in the cache: of which sources, by which compiler, and its own digest. */
export function nameOfCached(source: LibrarySource, compilerVersion: string, library: Uint8Array): string {
  return `codex-native-${source.digest}-${digestOf(compilerVersion)}-${digestOf(library)}.so`;
}

/**
 * A whole library of these sources in the cache's folder, by this compiler, or where there is none, by any. One whose
 * digest is not that of its name is passed over: loading half a library would end the process.
 */
export function findCached(folder: string, source: LibrarySource, compilerVersion?: string): string | undefined {
  const compiler = compilerVersion === undefined ? "[0-9a-f]{16}" : digestOf(compilerVersion);
  const form = new RegExp(`^codex-native-${source.digest}-${compiler}-([0-9a-f]{16})\\.so$`);
  return namesIn(folder)
    .filter((name) => isWhole(join(folder, name), form.exec(name)?.[1]))
    .map((name) => join(folder, name))[0];
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function isWhole(path: string, digest: string | undefined): boolean {
  try {
    return digest !== undefined && digestOf(readFileSync(path)) === digest;
  } catch {
    return false;
  }
}
