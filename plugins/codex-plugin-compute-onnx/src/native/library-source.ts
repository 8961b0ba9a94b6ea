import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The C++ sources of the native operators. */
export interface LibrarySource {
  /** Absolute folder. */
  readonly folder: string;
  /** Files that are compiled, relative to the folder. */
  readonly files: readonly string[];
  /** SHA-256 of all files, headers too: 16 hex digits. */
  readonly digest: string;
}

/** The file that is compiled once for each instruction set. */
export const kernelsFile = "instruction-set.cpp";

/** Reads the sources below a folder; what is in `test` is not part of the library. */
export function readLibrarySource(folder: string): LibrarySource {
  const all = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => /\.(cpp|h)$/.test(path) && !path.startsWith("test/"))
    .sort();
  const hash = createHash("sha256");
  for (const path of all)
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(folder, path)))
      .update("\0");
  return { folder, files: all.filter((path) => path.endsWith(".cpp")), digest: hash.digest("hex").slice(0, 16) };
}
