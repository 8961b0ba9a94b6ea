import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { findPackage } from "../../plugins/find-package.js";

const ownFolder = fileURLToPath(new URL(".", import.meta.url));

/**
 * The path of a corpus's file whose id is one: from the project's folder, absolute, or `npm:PACKAGE/PATH` in an
 * installed package: one that the project sees, else one beside this package, where pnpm keeps what others depend on.
 * Undefined where the package is not installed, or where the id is no path but an address.
 */
export function locateFile(id: string, projectFolder: string): string | undefined {
  const [, name, inside] = /^npm:((?:@[^/]+\/)?[^/]+)\/(.+)$/.exec(id) ?? [];
  if (name === undefined || inside === undefined) return isAddress(id) ? undefined : resolve(projectFolder, id);
  const folder = findPackage(name, [projectFolder, ownFolder]);
  return folder === undefined ? undefined : join(folder, inside);
}

/** Whether an id names what lies elsewhere: `https://…`, `hf:…`; a Windows drive does not. */
export function isAddress(id: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(id) && !id.startsWith("npm:");
}

/** Size of a file, and its SHA-256 (hex) when asked for; undefined when it is no file that can be read. */
export async function lookAtFile(
  path: string,
  withDigest: boolean,
): Promise<{ readonly sizeBytes: number; readonly sha256?: string } | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile()) return undefined;
    if (!withDigest) return { sizeBytes: found.size };
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    return { sizeBytes: found.size, sha256: hash.digest("hex") };
  } catch {
    return undefined;
  }
}
