import { open } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { digestFile, digestText } from "./digest.js";
import { checkpointErrors, corruptCheckpoint } from "./errors.js";
import type { WrittenFile } from "./safetensors/write-safetensors.js";

/** The format that this version writes, and the newest that it reads. */
export const formatVersion = 1;

/** Name of the file that is written last: without it, a folder is no checkpoint. */
export const manifestName = "manifest.json";

/** Most files of a checkpoint: a reader has them all open at once. */
const maxFiles = 1000;

const manifestSchema = z.strictObject({
  formatVersion: z.int().min(1),
  step: z.int().min(0),
  files: z.record(
    z.string(),
    z.strictObject({ sizeBytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
  digest: z.string(),
});

/** What a checkpoint consists of: every file but the manifest, with size and SHA-256, and a digest over all that. */
export type Manifest = z.infer<typeof manifestSchema>;

type Unsigned = Omit<Manifest, "digest">;

function digestManifest({ formatVersion, step, files }: Unsigned): string {
  const sorted = Object.keys(files)
    .sort()
    .map((name) => [name, files[name]?.sizeBytes, files[name]?.sha256]);
  return digestText(JSON.stringify([formatVersion, step, sorted]));
}

/** The manifest of a folder's files. `names` are relative, with forward slashes; what is `known` is not read again. */
export async function describeFiles(
  folder: string,
  names: readonly string[],
  step: number,
  known: { readonly [name: string]: WrittenFile } = {},
): Promise<Manifest> {
  const files: Manifest["files"] = {};
  for (const name of [...names].sort()) {
    files[name] = known[name] ?? (await describeFile(join(folder, name)));
  }
  const unsigned = { formatVersion, step, files };
  return { ...unsigned, digest: digestManifest(unsigned) };
}

async function describeFile(path: string): Promise<WrittenFile> {
  const handle = await open(path, "r");
  try {
    return { sizeBytes: (await handle.stat()).size, sha256: await digestFile(handle) };
  } finally {
    await handle.close();
  }
}

/**
 * A manifest from what its file holds. Its own digest is verified, and that no name leads out of the checkpoint.
 *
 * @param path the manifest's own, for what errors say
 * @throws CODEX_CHECKPOINT_CORRUPT, CODEX_CHECKPOINT_NEWER_FORMAT
 */
export function parseManifest(raw: unknown, path: string): Manifest {
  const version = (raw as { formatVersion?: unknown } | null)?.formatVersion;
  if (typeof version === "number" && version > formatVersion) {
    throw checkpointErrors.CODEX_CHECKPOINT_NEWER_FORMAT({
      what: `The checkpoint has format ${version}; this version reads up to ${formatVersion}.`,
      where: path,
    });
  }
  const parsed = manifestSchema.safeParse(raw);
  if (!parsed.success) {
    throw corruptCheckpoint(path, `manifest.json is not a manifest: ${z.prettifyError(parsed.error)}`);
  }
  if (parsed.data.digest !== digestManifest(parsed.data)) {
    throw corruptCheckpoint(path, "manifest.json does not match its own digest.");
  }
  const names = Object.keys(parsed.data.files);
  if (names.length > maxFiles) {
    throw corruptCheckpoint(path, `manifest.json lists ${names.length} files; at most ${maxFiles} are read.`);
  }
  const outside = names.find(leadsOut);
  if (outside !== undefined)
    throw corruptCheckpoint(path, `manifest.json names a file outside the checkpoint: ${outside}`);
  return parsed.data;
}

function leadsOut(name: string): boolean {
  return name.startsWith("/") || name.includes("\\") || name.split("/").some((part) => part === ".." || part === "");
}
