import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isCodexError, type PreparationProgress } from "codex-core";
import { inCache, makeTemporary, temporaryName } from "./cache-folder.js";
import { type DataManifest, readManifest } from "./data-manifest.js";
import { prepareTokens, type TokenizingJob } from "./prepare-tokens.js";

/** A corpus in tokens, on disk. */
export interface PreparedTokens {
  readonly folder: string;
  readonly manifest: DataManifest;
  /** Whether they were made now; false when they were there. */
  readonly made: boolean;
}

/**
 * The tokens of a corpus from the cache, or made and put there. The folder appears whole, by one rename, so that
 * processes that make the same one at the same time only do work twice; one whose manifest or sizes are damaged is made
 * again. Tokens of texts that an optional filter failed to look at serve this run alone: no later one finds them under
 * the key.
 *
 * @throws CODEX_DATA_CACHE, and what `prepareTokens` throws
 */
export async function preparedTokens(
  cacheFolder: string,
  key: string,
  job: TokenizingJob,
  onProgress: (progress: PreparationProgress) => void = () => {},
): Promise<PreparedTokens> {
  const folder = join(cacheFolder, "tokens", key);
  const known = await wholeManifest(folder, job);
  if (known) return { folder, manifest: known, made: false };
  const temporary = await makeTemporary(folder);
  try {
    const manifest = await prepareTokens(temporary, job, onProgress);
    const isWhole = job.safety.fingerprint === job.safetyFingerprint;
    if (!isWhole) {
      const own = temporaryName(folder);
      await inCache(own, () => rename(temporary, own));
      return { folder: own, manifest, made: true };
    }
    return await inCache(folder, () => settle(temporary, folder, manifest, job));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function wholeManifest(folder: string, { logger }: TokenizingJob): Promise<DataManifest | undefined> {
  try {
    return await readManifest(folder);
  } catch (error) {
    if (!isCodexError(error)) throw error;
    logger.warn("Prepared data is damaged and made again.", { folder, reason: error.what });
    return undefined;
  }
}

/** Gives a finished folder its name, unless another process was faster. */
async function settle(temporary: string, folder: string, manifest: DataManifest, job: TokenizingJob) {
  try {
    await rename(temporary, folder);
  } catch (error) {
    const other = await wholeManifest(folder, job);
    if (other) return { folder, manifest: other, made: false };
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder).catch(() => {
      throw error;
    });
  }
  return { folder, manifest, made: true };
}
