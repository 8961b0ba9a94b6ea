import { createHash, randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Corpus, Logger, SafetyGate, Split, Tokenizer } from "codex-core";
import { z } from "zod";
import { textErrors } from "./errors.js";
import { type SplitCounts, type SplitRule, splitDocuments } from "./sources/split-documents.js";
import { type BytesPerToken, bytesOf } from "./token-file.js";

const abandonedAfterMs = 24 * 3600 * 1000;

const count = z.int().min(0);
const metaForm = z.strictObject({
  formatVersion: z.literal(1),
  bytesPerToken: z.union([z.literal(2), z.literal(4)]),
  tokens: z.strictObject({ train: count, validation: count }),
  documents: count,
  firstDocument: z.string().optional(),
  dropped: count,
  trainDocuments: count,
  validationDocuments: count,
  nextFraction: z.number().optional(),
});

/** What the cache knows of a tokenized corpus. */
export type TokenMeta = z.output<typeof metaForm>;

/** A corpus in tokens, on disk. */
export interface CachedTokens {
  readonly folder: string;
  readonly meta: TokenMeta;
}

/** All that makes the tokens what they are. */
export interface TokenizingJob {
  readonly corpus: Corpus;
  readonly corpusFingerprint: string;
  readonly tokenizer: Tokenizer;
  readonly safety: SafetyGate;
  /** Of the filters that the cache's key stands for. */
  readonly safetyFingerprint: string;
  readonly rule: SplitRule;
  /** Ids between two documents of a split. */
  readonly separator: Uint32Array;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/**
 * The tokens of a corpus from the cache, or made and put there. The folder appears whole, by one rename, so that
 * processes that make the same one at the same time only do work twice; one that is damaged is made again. Tokens of
 * texts that an optional filter failed to look at serve this run alone: no later one finds them under the key.
 *
 * @throws CODEX_DATA_CHANGED, CODEX_DATA_TOKEN_RANGE
 */
export async function cachedTokens(cacheFolder: string, key: string, job: TokenizingJob): Promise<CachedTokens> {
  const folder = join(cacheFolder, "tokens", key);
  const known = await readMeta(folder);
  if (known) return { folder, meta: known };
  const temporary = `${folder}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
  await mkdir(temporary, { recursive: true });
  await removeAbandoned(join(cacheFolder, "tokens"));
  try {
    const meta = await writeTokens(temporary, job);
    await writeFile(join(temporary, "meta.json"), `${JSON.stringify(meta)}\n`);
    const isWhole = job.safety.fingerprint === job.safetyFingerprint;
    const place = isWhole ? folder : `${folder}.${process.pid}-${randomBytes(4).toString("hex")}-own.tmp`;
    return { folder: place, meta: await settle(temporary, place, meta) };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Removes what processes that died have left half done: temporary folders that nothing was written to for a day. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".tmp")) continue;
    const path = join(folder, name);
    const files = await Promise.all([path, join(path, "train.bin"), join(path, "validation.bin")].map(modifiedAtMs));
    if (Math.max(...files) < Date.now() - abandonedAfterMs) await rm(path, { recursive: true, force: true });
  }
}

async function modifiedAtMs(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
}

async function settle(temporary: string, folder: string, meta: TokenMeta): Promise<TokenMeta> {
  try {
    await rename(temporary, folder);
    return meta;
  } catch (error) {
    const other = await readMeta(folder);
    if (other) return other;
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder).catch(() => {
      throw error;
    });
    return meta;
  }
}

async function writeTokens(folder: string, job: TokenizingJob): Promise<TokenMeta> {
  const startedAtMs = performance.now();
  const bytesPerToken: BytesPerToken = job.tokenizer.vocabSize <= 0x10000 ? 2 : 4;
  const tokens: { [split in Split]: number } = { train: 0, validation: 0 };
  const counts: SplitCounts = { documents: 0, dropped: 0, trainDocuments: 0, validationDocuments: 0 };
  const handles = {
    train: await open(join(folder, "train.bin"), "w"),
    validation: await open(join(folder, "validation.bin"), "w"),
  };
  try {
    const append = async (split: Split, tokenIds: Uint32Array) => {
      if (tokenIds.some((id) => id >= job.tokenizer.vocabSize)) throw outOfRange(job.tokenizer.vocabSize, "tokenizer");
      await handles[split].writeFile(bytesOf(tokenIds, bytesPerToken));
      tokens[split] += tokenIds.length;
    };
    for await (const { split, text, continues } of splitDocuments(job.corpus, job.rule, job.safety, counts)) {
      job.signal.throwIfAborted();
      if (tokens[split] > 0 && !continues) await append(split, job.separator);
      await append(split, job.tokenizer.encode(text));
    }
  } finally {
    await Promise.all([handles.train.close(), handles.validation.close()]);
  }
  if ((await job.corpus.fingerprint()) !== job.corpusFingerprint) {
    throw textErrors.CODEX_DATA_CHANGED({ what: "The corpus changed while it was being tokenized.", where: "data" });
  }
  const meta: TokenMeta = { formatVersion: 1, bytesPerToken, tokens, ...counts };
  job.logger.info("corpus tokenized", { ...meta, durationMs: Math.round(performance.now() - startedAtMs) });
  return meta;
}

async function readMeta(folder: string): Promise<TokenMeta | undefined> {
  try {
    const meta = metaForm.parse(JSON.parse(await readFile(join(folder, "meta.json"), "utf8")));
    for (const split of ["train", "validation"] as const) {
      const { size } = await stat(join(folder, `${split}.bin`));
      if (size !== meta.tokens[split] * meta.bytesPerToken) return undefined;
    }
    return meta;
  } catch {
    return undefined;
  }
}

/** SHA-256 of a JSON value; keys in the order given. */
export function digestOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

export function outOfRange(vocabSize: number, where: string): Error {
  return textErrors.CODEX_DATA_TOKEN_RANGE({
    what: `The data holds a token id that is not below the vocabulary's size of ${vocabSize}.`,
    where,
  });
}
