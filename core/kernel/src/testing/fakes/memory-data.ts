import { createHash } from "node:crypto";
import type { Batch, BatchReader, BatchShape, BatchSource, Split } from "../../contracts/batch-source.js";
import type { Corpus, CorpusDocument } from "../../contracts/corpus.js";
import type { Tokenizer } from "../../contracts/tokenizer.js";
import { defineErrors } from "../../errors/define-errors.js";

export const fakeDataErrors = defineErrors({
  CODEX_DATA_SPLIT_TOO_SHORT: {
    exitCode: 2,
    when: "A split does not hold one sequence of the context's length.",
    fix: "Use more text, a larger share for validation, or a shorter context.",
  },
});

/** Documents in memory. */
export class MemoryCorpus implements Corpus {
  constructor(readonly texts: readonly string[]) {}

  async fingerprint(): Promise<string> {
    return createHash("sha256").update(JSON.stringify(this.texts)).digest("hex");
  }

  async *documents(): AsyncGenerator<CorpusDocument> {
    for (const [index, text] of this.texts.entries()) yield { id: `document-${index}`, text };
  }
}

/** Batches of a corpus in memory: the last tenth is held out, sequences are cut one after the other. */
export class MemoryBatchSource implements BatchSource {
  private constructor(
    readonly fingerprint: string,
    readonly splits: { readonly [name in Split]: Uint32Array },
    readonly seed: number,
  ) {}

  static async create(corpus: Corpus, tokenizer: Tokenizer, seed: number): Promise<MemoryBatchSource> {
    const tokenIds: number[] = [];
    for await (const { text } of corpus.documents()) tokenIds.push(...tokenizer.encode(text));
    const border = Math.floor(tokenIds.length * 0.9);
    const train = Uint32Array.from(tokenIds.slice(0, border));
    const validation = Uint32Array.from(tokenIds.slice(border));
    const identity = `${await corpus.fingerprint()} ${tokenizer.fingerprint} ${seed}`;
    const fingerprint = createHash("sha256").update(identity).digest("hex");
    return new MemoryBatchSource(fingerprint, { train, validation }, seed);
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
