import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Corpus, CorpusSource, Logger, PreparationProgress, SafetyGate } from "codex-core";
import { type EncodingJob, GrowingEncoder } from "../encode/growing-encoder.js";
import { inOrder } from "../encode/in-order.js";
import { textErrors } from "../errors.js";
import { type Segment, type SplitFacts, type SplitRule, splitDocuments } from "../sources/split-documents.js";
import { inCache } from "./cache-folder.js";
import { CorpusWriter } from "./corpus-writer.js";
import { type DataManifest, manifestName } from "./data-manifest.js";

/** All that makes the tokens what they are, and what they are made with. */
export interface TokenizingJob extends EncodingJob {
  readonly corpus: Corpus;
  readonly corpusFingerprint: string;
  readonly safety: SafetyGate;
  /** Of the filters that the tokens' key stands for. */
  readonly safetyFingerprint: string;
  readonly rule: SplitRule;
  /** Ids between two documents of a split. */
  readonly separator: Uint32Array;
  /** Digest of the options that decide rule and separator. */
  readonly options: string;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** UTF-16 units that travel to a thread at once. */
const batchLength = 2 ** 20;

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
  const writer = new CorpusWriter(folder, job);
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
        const split = await writer.of(segment);
        await split.append(tokens.subarray(at, end), segment.text.length, segment.continues);
        at = end;
      }
      progress.add(batch, tokens.length);
    }
    if ((await corpus.fingerprint()) !== job.corpusFingerprint) {
      throw textErrors.CODEX_DATA_CHANGED({ what: "The corpus changed while it was being tokenized.", where: "data" });
    }
    const manifest = await writer.finish(facts, await corpus.sources?.());
    const path = join(folder, manifestName);
    await inCache(path, () => writeFile(path, `${JSON.stringify(manifest, null, 2)}\n`, { flush: true }));
    const durationMs = Math.round(performance.now() - startedAtMs);
    logger.info("corpus tokenized", { ...progress.current, vocabSize: tokenizer.vocabSize, durationMs });
    return manifest;
  } finally {
    await Promise.all([writer.close(), encoder.dispose()]);
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
