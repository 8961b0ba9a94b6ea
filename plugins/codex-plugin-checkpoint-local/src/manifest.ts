import { stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { digestFile, digestText } from "./digest.js";
import { checkpointErrors } from "./errors.js";
import type { WrittenFile } from "./safetensors/write-safetensors.js";
import { readSmallFile } from "./small-file.js";

/** The format that this version writes, and the newest that it reads. */
export const formatVersion = 1;

/** Name of the file that is written last: without it, a folder is no checkpoint. */
export const manifestName = "manifest.json";

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
    const path = join(folder, name);
    files[name] = known[name] ?? { sizeBytes: (await stat(path)).size, sha256: await digestFile(path) };
  }
  const unsigned = { formatVersion, step, files };
  return { ...unsigned, digest: digestManifest(unsigned) };
}

/**
 * Reads a checkpoint's manifest and verifies its own digest, and that every file is there in the right size.
 *
 * @throws CODEX_CHECKPOINT_NOT_FOUND, CODEX_CHECKPOINT_CORRUPT, CODEX_CHECKPOINT_NEWER_FORMAT
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, manifestName);
  const raw = await readRawManifest(path, folder);
  const version = (raw as { formatVersion?: unknown } | null)?.formatVersion;
  if (typeof version === "number" && version > formatVersion) {
    throw checkpointErrors.CODEX_CHECKPOINT_NEWER_FORMAT({
      what: `The checkpoint has format ${version}; this version reads up to ${formatVersion}.`,
      where: path,
    });
  }
  const parsed = manifestSchema.safeParse(raw);
  if (!parsed.success)
    throw corruptCheckpoint(path, `manifest.json is not a manifest: ${z.prettifyError(parsed.error)}`);
  if (parsed.data.digest !== digestManifest(parsed.data)) {
    throw corruptCheckpoint(path, "manifest.json does not match its own digest.");
  }
  await checkSizes(folder, parsed.data);
  return parsed.data;
}

/**
 * Verifies the contents of a checkpoint's files.
 *
 * @throws CODEX_CHECKPOINT_CORRUPT naming the first file that differs.
 */
export async function verifyFiles(folder: string, manifest: Manifest, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const expected = manifest.files[name];
    if (!expected) throw corruptCheckpoint(join(folder, manifestName), `manifest.json does not list ${name}.`);
    const path = join(folder, name);
    if ((await digestFile(path)) !== expected.sha256) {
      throw corruptCheckpoint(path, `${name} does not match its SHA-256 in manifest.json.`);
    }
  }
}

/** Says that a checkpoint's file is not what it should be. */
export function corruptCheckpoint(where: string, what: string, cause?: unknown): Error {
  return checkpointErrors.CODEX_CHECKPOINT_CORRUPT({ what, where, cause });
}

async function readRawManifest(path: string, folder: string): Promise<unknown> {
  let text: string;
  try {
    text = await readSmallFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT" && (cause as NodeJS.ErrnoException).code !== "ENOTDIR") {
      throw cause;
    }
    throw checkpointErrors.CODEX_CHECKPOINT_NOT_FOUND({
      what: `${folder} is not a checkpoint: it has no ${manifestName}.`,
      where: folder,
      cause,
    });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw corruptCheckpoint(path, "manifest.json is not JSON.", cause);
  }
}

async function checkSizes(folder: string, manifest: Manifest): Promise<void> {
  for (const [name, { sizeBytes }] of Object.entries(manifest.files)) {
    if (name.startsWith("/") || name.includes("\\") || name.split("/").some((part) => part === ".." || part === "")) {
      throw corruptCheckpoint(join(folder, manifestName), `manifest.json names a file outside the checkpoint: ${name}`);
    }
    const path = join(folder, name);
    const stats = await stat(path).catch(() => undefined);
    if (!stats?.isFile()) throw corruptCheckpoint(path, `${name} is missing.`);
    if (stats.size !== sizeBytes) {
      throw corruptCheckpoint(path, `${name} has ${stats.size} bytes; manifest.json says ${sizeBytes}.`);
    }
  }
}
