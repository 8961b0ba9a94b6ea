import { createHash, randomUUID } from "node:crypto";
import { readFile, realpath, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type CorpusFile, makeFolder } from "codex-core";
import { z } from "zod";
import type { FoundFile } from "./find-files.js";
import { readStoredBytes, unreadable } from "./read-bytes.js";

const chunkBytes = 2 ** 20;
const filesAtOnce = 3;
/** Digesting a smaller file takes no longer than looking its digest up. */
const rememberedFromBytes = 2 ** 20;
/** A file that was written to less long ago may be written to again within one tick of its file system's clock. */
const settledAfterMs = 2000;

const digits = z.string().regex(/^-?\d+$/);
const rememberedForm = z.strictObject({
  formatVersion: z.literal(1),
  sizeBytes: z.int().min(0),
  mtimeNs: digits,
  ctimeNs: digits,
  ino: digits,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

type Remembered = z.output<typeof rememberedForm>;
type FileState = Omit<Remembered, "formatVersion" | "sha256">;

/**
 * Size and SHA-256 of each file, in order. Digests of large files are remembered in `CACHE/file-digests`, one small file
 * for each, and are good for as long as the file's size, times and inode stay the same.
 *
 * @throws CODEX_DATA_UNREADABLE
 */
export async function digestFiles(
  files: readonly FoundFile[],
  cacheFolder: string | undefined,
  signal: AbortSignal,
): Promise<CorpusFile[]> {
  const digested: CorpusFile[] = [];
  let next = 0;
  const work = async () => {
    while (next < files.length) {
      const index = next++;
      digested[index] = await digestFile(files[index]!, cacheFolder, signal);
    }
  };
  try {
    await Promise.all(Array.from({ length: filesAtOnce }, work));
  } finally {
    next = files.length;
  }
  return digested;
}

async function digestFile(file: FoundFile, cacheFolder: string | undefined, signal: AbortSignal): Promise<CorpusFile> {
  signal.throwIfAborted();
  const startedAtMs = Date.now();
  const before = await stateOf(file);
  const place = cacheFolder && before.sizeBytes >= rememberedFromBytes ? await placeOf(file, cacheFolder) : undefined;
  const known = place && (await recall(place));
  if (known && isSame(known, before)) return { id: file.id, sizeBytes: known.sizeBytes, sha256: known.sha256 };
  const hash = createHash("sha256");
  let sizeBytes = 0;
  for await (const chunk of readStoredBytes(file, chunkBytes)) {
    signal.throwIfAborted();
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  const sha256 = hash.digest("hex");
  if (place && isSettled(before, startedAtMs) && isSame(before, await stateOf(file))) {
    await remember(place, { formatVersion: 1, ...before, sha256 });
  }
  return { id: file.id, sizeBytes, sha256 };
}

async function stateOf(file: FoundFile): Promise<FileState> {
  const { size, mtimeNs, ctimeNs, ino } = await stat(file.path, { bigint: true }).catch((cause) => {
    throw unreadable(file, cause);
  });
  return { sizeBytes: Number(size), mtimeNs: `${mtimeNs}`, ctimeNs: `${ctimeNs}`, ino: `${ino}` };
}

function isSame(one: FileState, other: FileState): boolean {
  return (["sizeBytes", "mtimeNs", "ctimeNs", "ino"] as const).every((key) => one[key] === other[key]);
}

function isSettled({ mtimeNs, ctimeNs }: FileState, atMs: number): boolean {
  return [mtimeNs, ctimeNs].every((timeNs) => Number(BigInt(timeNs) / 1_000_000n) < atMs - settledAfterMs);
}

async function placeOf(file: FoundFile, cacheFolder: string): Promise<string> {
  const path = await realpath(file.path).catch((cause) => {
    throw unreadable(file, cause);
  });
  return join(cacheFolder, "file-digests", `${createHash("sha256").update(path).digest("hex")}.json`);
}

/** Undefined for whatever cannot be read: it is digested again. */
async function recall(place: string): Promise<Remembered | undefined> {
  try {
    return rememberedForm.parse(JSON.parse(await readFile(place, "utf8")));
  } catch {
    return undefined;
  }
}

/** A cache that cannot be written to costs time, and nothing else. */
async function remember(place: string, remembered: Remembered): Promise<void> {
  const temporary = `${place}.${randomUUID()}.tmp`;
  try {
    await makeFolder(dirname(place));
    await writeFile(temporary, `${JSON.stringify(remembered)}\n`);
    await rename(temporary, place);
  } catch {}
}
