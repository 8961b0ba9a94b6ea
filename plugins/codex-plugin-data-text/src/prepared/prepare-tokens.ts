import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Corpus, CorpusSource, Logger, PreparationProgress, SafetyGate, Tokenizer } from "codex-core";
import { EncodePool } from "../encode/encode-pool.js";
import { inOrder } from "../encode/in-order.js";
import { type EncodedTexts, encodeTexts, type TextEncoder } from "../encode/text-encoder.js";
import { textErrors } from "../errors.js";
import {
  onlySource,
  type Segment,
  type SplitFacts,
  type SplitRule,
  splitDocuments,
} from "../sources/split-documents.js";
import { inCache } from "./cache-folder.js";
import type { WrittenFile } from "./checked-writer.js";
import { type DataManifest, type ManifestSource, manifestName, sealed } from "./data-manifest.js";
import { SplitWriter } from "./split-writer.js";
import { bytesPerTokenOf, emptyTokens } from "./token-array.js";

/** All that makes the tokens what they are, and what they are made with. */
export interface TokenizingJob {
  readonly corpus: Corpus;
  readonly corpusFingerprint: string;
  readonly tokenizer: Tokenizer;
  readonly safety: SafetyGate;
  /** Of the filters that the tokens' key stands for. */
  readonly safetyFingerprint: string;
  readonly rule: SplitRule;
  /** Ids between two documents of a split. */
  readonly separator: Uint32Array;
  /** Digest of the options that decide rule and separator. */
  readonly options: string;
  /** Name in the registry of datasets. */
  readonly dataset?: string;
  /** Threads that encode, once there is enough to encode; 0: this one. */
  readonly workers: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** UTF-16 units that travel to a thread at once. */
const batchLength = 2 ** 20;
/** UTF-16 units that are encoded before threads are started: starting takes longer than encoding less. */
const patience = 4 * 2 ** 20;

/** The name under which a split of a source is stored. */
export function splitName(source: string, split: "train" | "validation"): string {
  return `${source}-${split}`;
}

/**
 * Tokenizes a corpus into an empty folder: a stream of ids for each split of each source, and last `manifest.json`. The
 * bytes do not depend on how many threads encode. Memory is bounded by a few batches, whatever the corpus's size.
 *
 * @throws CODEX_DATA_CHANGED, CODEX_DATA_TOKEN_RANGE, CODEX_DATA_ENCODE_FAILED, CODEX_DATA_CACHE
 */
export async function prepareTokens(
  folder: string,
  job: TokenizingJob,
  onProgress: (progress: PreparationProgress) => void,
): Promise<DataManifest> {
  const startedAtMs = performance.now();
  const { corpus, tokenizer, logger } = job;
  const writers = new Writers(folder, job);
  const facts: SplitFacts = { dropped: new Map() };
  const encoder = new GrowingEncoder(job, join(folder, "tokenizer"));
  const progress = new Progress(await corpus.sources?.(), onProgress);
  try {
    const batches = batchesOf(
      splitDocuments(corpus, job.rule, job.safety, facts, (sizeBytes) => progress.read(sizeBytes)),
      job.signal,
    );
    const encoded = inOrder(batches, encoder.concurrency, async (batch) => ({
      batch,
      ...(await encoder.encode(batch.map(({ text }) => text))),
    }));
    for await (const { batch, tokens, lengths } of encoded) {
      let at = 0;
      for (const [index, segment] of batch.entries()) {
        const end = at + (lengths[index] ?? 0);
        const writer = await writers.of(segment);
        await writer.append(tokens.subarray(at, end), segment.text.length, segment.continues);
        at = end;
      }
      progress.add(batch, tokens.length);
    }
    if ((await corpus.fingerprint()) !== job.corpusFingerprint) {
      throw textErrors.CODEX_DATA_CHANGED({ what: "The corpus changed while it was being tokenized.", where: "data" });
    }
    const manifest = await writers.finish(facts, await corpus.sources?.());
    const path = join(folder, manifestName);
    await inCache(path, () => writeFile(path, `${JSON.stringify(manifest, null, 2)}\n`, { flush: true }));
    const durationMs = Math.round(performance.now() - startedAtMs);
    logger.info("corpus tokenized", { ...progress.current, vocabSize: tokenizer.vocabSize, durationMs });
    return manifest;
  } finally {
    await Promise.all([writers.close(), encoder.dispose()]);
  }
}

/** Segments in batches that are worth sending to a thread. */
async function* batchesOf(segments: AsyncIterable<Segment>, signal: AbortSignal): AsyncGenerator<Segment[]> {
  let batch: Segment[] = [];
  let length = 0;
  for await (const segment of segments) {
    signal.throwIfAborted();
    batch.push(segment);
    length += segment.text.length;
    if (length < batchLength) continue;
    yield batch;
    batch = [];
    length = 0;
  }
  if (batch.length > 0) yield batch;
}

/** Encodes in this thread at first, and in others when it becomes much and the tokenizer can live in a thread. */
class GrowingEncoder implements TextEncoder {
  private encoded = 0;
  private pool: Promise<EncodePool> | undefined;

  constructor(
    private readonly job: TokenizingJob,
    /** Where the tokenizer lies meanwhile. */
    private readonly folder: string,
  ) {}

  get concurrency(): number {
    return Math.max(1, 2 * this.job.workers);
  }

  async encode(texts: readonly string[]): Promise<EncodedTexts> {
    const { tokenizer, workers } = this.job;
    const { workerModule, vocabSize } = tokenizer;
    const bytesPerToken = bytesPerTokenOf(vocabSize);
    for (const text of texts) this.encoded += text.length;
    if (workers === 0 || workerModule === undefined || (!this.pool && this.encoded < patience)) {
      return encodeTexts(tokenizer, bytesPerToken, texts);
    }
    const threadTokenizer = tokenizer as typeof tokenizer & { workerModule: string };
    this.pool ??= EncodePool.start(threadTokenizer, bytesPerToken, workers, this.folder);
    return (await this.pool).encode(texts);
  }

  async dispose(): Promise<void> {
    const pool = await this.pool?.catch(() => undefined);
    await pool?.dispose();
  }
}

/** A writer for each split of each source, made when its first segment comes. */
class Writers {
  private readonly writers = new Map<string, Promise<SplitWriter>>();

  constructor(
    private readonly folder: string,
    private readonly job: TokenizingJob,
  ) {}

  of({ source, split }: Pick<Segment, "source" | "split">): Promise<SplitWriter> {
    const name = splitName(source, split);
    let writer = this.writers.get(name);
    if (!writer) {
      const separator = emptyTokens(this.job.separator.length, bytesPerTokenOf(this.job.tokenizer.vocabSize));
      separator.set(this.job.separator);
      writer = SplitWriter.create(this.folder, name, separator);
      this.writers.set(name, writer);
    }
    return writer;
  }

  async finish(facts: SplitFacts, known: readonly CorpusSource[] | undefined): Promise<DataManifest> {
    const { job } = this;
    const files: Record<string, WrittenFile> = {};
    const sources: Record<string, ManifestSource> = {};
    for (const { name, weight: _, files: read, ...rest } of known ?? [{ name: onlySource, weight: 1, files: [] }]) {
      const splits: Partial<ManifestSource["splits"]> = {};
      for (const split of ["train", "validation"] as const) {
        const finished = await (await this.of({ source: name, split })).finish();
        splits[split] = { ...finished.contents };
        Object.assign(files, finished.files);
      }
      const dropped = facts.dropped.get(name) ?? 0;
      sources[name] = { ...rest, files: [...read], dropped, splits: splits as ManifestSource["splits"] };
    }
    const { kind, fraction } = job.rule;
    return sealed({
      formatVersion: 2,
      ...(job.dataset === undefined ? {} : { dataset: job.dataset }),
      corpus: job.corpusFingerprint,
      tokenizer: job.tokenizer.fingerprint,
      safety: job.safetyFingerprint,
      options: job.options,
      vocabSize: job.tokenizer.vocabSize,
      bytesPerToken: bytesPerTokenOf(job.tokenizer.vocabSize),
      separator: [...job.separator],
      split: { kind, fraction, ...(facts.nextFraction === undefined ? {} : { nextFraction: facts.nextFraction }) },
      ...(facts.firstDocument === undefined ? {} : { firstDocument: facts.firstDocument }),
      sources,
      files,
    });
  }

  async close(): Promise<void> {
    for (const writer of this.writers.values()) await writer.then((opened) => opened.close()).catch(() => {});
  }
}

/** Counts what was tokenized, and tells of it. */
class Progress {
  current: PreparationProgress;

  constructor(
    sources: readonly CorpusSource[] | undefined,
    private readonly tell: (progress: PreparationProgress) => void,
  ) {
    const files = sources?.flatMap(({ files }) => files);
    const totalSourceBytes = files?.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    this.current = { documents: 0, tokens: 0, sourceBytes: 0, ...(files ? { totalSourceBytes } : {}) };
  }

  read(sizeBytes: number): void {
    this.current = { ...this.current, sourceBytes: this.current.sourceBytes + sizeBytes };
  }

  add(batch: readonly Segment[], tokens: number): void {
    const documents = batch.filter(({ continues }) => !continues).length;
    const { current } = this;
    this.current = { ...current, documents: current.documents + documents, tokens: current.tokens + tokens };
    this.tell(this.current);
  }
}
