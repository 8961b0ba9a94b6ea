import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";

const code = /\.(?:js|mjs|cjs|json|wasm|node|proto)$/;
const ignored: ReadonlySet<string> = new Set(["node_modules", "test", "src", ".git"]);
const maxFiles = 20_000;

/**
 * Digest of what a package runs: the names and contents of its code and JSON files, without its dependencies, sources
 * and tests. `sha256-HEX`; `memory` for a plugin without a folder, `unreadable` where its files cannot be read.
 */
export async function packageIntegrity(folder: string): Promise<string> {
  if (folder === "") return "memory";
  try {
    const hash = createHash("sha256");
    for (const path of (await filesOf(folder)).sort()) {
      const name = relative(folder, path).split(sep).join("/");
      hash.update(
        `${JSON.stringify(name)} ${createHash("sha256")
          .update(await readFile(path))
          .digest("hex")}\n`,
      );
    }
    return `sha256-${hash.digest("hex")}`;
  } catch {
    return "unreadable";
  }
}

async function filesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !ignored.has(entry.name)) found.push(...(await filesOf(path)));
    else if (entry.isFile() && code.test(entry.name)) found.push(path);
    if (found.length > maxFiles) throw new RangeError(`${folder} holds more than ${maxFiles} files.`);
  }
  return found;
}
