import { createHash } from "node:crypto";
import type {
  Batch,
  BatchReader,
  BatchShape,
  BatchSource,
  DataProblem,
  PreparationProgress,
  PreparedData,
  Split,
} from "../../contracts/batch-source.js";
import type { Corpus, CorpusDocument, CorpusSource } from "../../contracts/corpus.js";
import type { JsonObject, Named } from "../../contracts/json.js";
import type { Tokenizer } from "../../contracts/tokenizer.js";
import { defineErrors } from "../../errors/define-errors.js";

export const fakeDataErrors = defineErrors({
  CODEX_DATA_SPLIT_TOO_SHORT: {
    exitCode: 2,
    when: "A split does not hold one sequence of the context's length.",
    fix: "Use more text, a larger share for validation, or a shorter context.",
  },
  CODEX_FAKE_DATA_CHANGED: {
    exitCode: 2,
    when: "The corpus of codex-core/testing is not the one whose fingerprint its options give.",
    fix: "Correct the test.",
  },
});

/** A source of a corpus in memory. */
export type MemorySource = Omit<CorpusSource, "files">;

/** Documents in memory; the sources take turns in giving one. */
export class MemoryCorpus implements Corpus {
  constructor(
    readonly texts: readonly string[],
    readonly described: readonly MemorySource[] = [{ name: "memory", weight: 1 }],
  ) {}

  async fingerprint(): Promise<string> {
    return digestOf(JSON.stringify(this.texts));
  }

  async *documents(): AsyncGenerator<CorpusDocument> {
    for (const [index, text] of this.texts.entries()) {
      yield { id: `document-${index}`, text, source: this.#sourceOf(index).name };
    }
  }

  async sources(): Promise<readonly CorpusSource[]> {
    const files = this.texts.map((text, index) => ({
      source: this.#sourceOf(index),
      file: { id: `document-${index}`, sizeBytes: Buffer.byteLength(text), sha256: digestOf(text) },
    }));
    return this.described.map((source) => ({
      ...source,
      files: files.filter((each) => each.source === source).map(({ file }) => file),
    }));
  }

  #sourceOf(index: number): MemorySource {
    return this.described[index % this.described.length]!;
  }
}

/** Batches of a corpus in memory: the last tenth is held out, sequences are cut one after the other. */
export class MemoryBatchSource implements BatchSource {
  #isPrepared = false;

  private constructor(
    readonly fingerprint: string,
    readonly splits: { readonly [name in Split]: Uint32Array },
    readonly seed: number,
    readonly manifest: JsonObject,
    readonly progress: readonly PreparationProgress[],
  ) {}

  static async create(corpus: Corpus, tokenizer: Tokenizer, seed: number): Promise<MemoryBatchSource> {
    const documents: MemoryDocument[] = [];
    for await (const { text, source = "memory" } of corpus.documents()) {
      documents.push({ source, tokenIds: tokenizer.encode(text), characters: text.length });
    }
    const tokenIds = documents.flatMap((document) => [...document.tokenIds]);
    const border = Math.floor(tokenIds.length * 0.9);
    const train = Uint32Array.from(tokenIds.slice(0, border));
    const validation = Uint32Array.from(tokenIds.slice(border));
    const fingerprint = digestOf(`${await corpus.fingerprint()} ${tokenizer.fingerprint} ${seed}`);
    const manifest: JsonObject = {
      formatVersion: 1,
      fingerprint,
      vocabSize: tokenizer.vocabSize,
      sources: sourcesOf((await corpus.sources?.()) ?? [], documents, border),
      files: { train: digestOf(train), validation: digestOf(validation) },
    };
    return new MemoryBatchSource(fingerprint, { train, validation }, seed, manifest, progressOf(documents));
  }

  async prepare(onProgress?: (progress: PreparationProgress) => void): Promise<PreparedData> {
    const made = !this.#isPrepared;
    if (made) for (const progress of this.progress) onProgress?.(progress);
    this.#isPrepared = true;
    return { folder: "memory", made, manifest: this.manifest };
  }

  async verify(): Promise<readonly DataProblem[]> {
    const files = this.manifest.files as Named<string>;
    const changed = Object.entries(this.splits).filter(([split, tokenIds]) => digestOf(tokenIds) !== files[split]);
    return changed.map(([split]) => ({ file: split, problem: "its digest is not the one of the manifest" }));
  }

  async open(split: Split, shape: BatchShape): Promise<BatchReader> {
    const tokenIds = this.splits[split];
    const sequences = Math.floor((tokenIds.length - 1) / shape.contextLength);
    if (sequences < 1) {
      throw fakeDataErrors.CODEX_DATA_SPLIT_TOO_SHORT({
        what: `The ${split} split has ${tokenIds.length} tokens, less than one sequence of ${shape.contextLength}.`,
      });
    }
    const shift = split === "train" ? this.seed % sequences : 0;
    return {
      microBatchesPerEpoch: Math.ceil(sequences / shape.microBatch),
      tokenCount: tokenIds.length,
      read: async (position) => readBatch(tokenIds, shape, position, sequences, shift),
    };
  }
}

interface MemoryDocument {
  readonly source: string;
  readonly tokenIds: Uint32Array;
  readonly characters: number;
}

function progressOf(documents: readonly MemoryDocument[]): PreparationProgress[] {
  const totalSourceBytes = documents.reduce((sum, { characters }) => sum + characters, 0);
  const at = { documents: 0, tokens: 0, sourceBytes: 0 };
  return documents.map(({ tokenIds, characters }) => {
    at.documents += 1;
    at.tokens += tokenIds.length;
    at.sourceBytes += characters;
    return { ...at, totalSourceBytes };
  });
}

/** What each source gave to each split; a document counts where it begins, its tokens where they lie. */
function sourcesOf(sources: readonly CorpusSource[], documents: readonly MemoryDocument[], border: number): JsonObject {
  const entries = sources.map(({ name, files, ...described }) => {
    const counts = { documents: 0, tokens: 0, characters: 0, lengths: {} as Record<string, number> };
    const splits = { train: structuredClone(counts), validation: structuredClone(counts) };
    let position = 0;
    for (const { source, tokenIds, characters } of documents) {
      const inTrain = Math.min(tokenIds.length, Math.max(0, border - position));
      const split = inTrain > 0 ? splits.train : splits.validation;
      position += tokenIds.length;
      if (source !== name) continue;
      const atMost = 2 ** Math.ceil(Math.log2(Math.max(1, tokenIds.length)));
      split.documents += 1;
      split.characters += characters;
      split.lengths[atMost] = (split.lengths[atMost] ?? 0) + 1;
      splits.train.tokens += inTrain;
      splits.validation.tokens += tokenIds.length - inTrain;
    }
    return [name, { ...described, files, dropped: 0, splits }];
  });
  return Object.fromEntries(entries) as JsonObject;
}

function digestOf(content: string | Uint32Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function readBatch(
  source: Uint32Array,
  { microBatch, contextLength }: BatchShape,
  position: number,
  sequences: number,
  shift: number,
): Batch {
  const tokenIds = new Int32Array(microBatch * contextLength);
  const targetIds = new Int32Array(microBatch * contextLength);
  const lossMask = new Float32Array(microBatch * contextLength);
  const inEpoch = (position % Math.ceil(sequences / microBatch)) * microBatch;
  for (let row = 0; row < microBatch && inEpoch + row < sequences; row++) {
    const from = ((inEpoch + row + shift) % sequences) * contextLength;
    tokenIds.set(source.subarray(from, from + contextLength), row * contextLength);
    targetIds.set(source.subarray(from + 1, from + contextLength + 1), row * contextLength);
    lossMask.fill(1, row * contextLength, (row + 1) * contextLength);
  }
  return { tokenIds, targetIds, lossMask };
}
