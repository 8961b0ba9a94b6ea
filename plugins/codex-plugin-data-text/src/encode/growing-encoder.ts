import type { Tokenizer } from "codex-core";
import { bytesPerTokenOf } from "../prepared/token-array.js";
import { EncodePool } from "./encode-pool.js";
import { type EncodedTexts, encodeTexts, type TextEncoder } from "./text-encoder.js";

/** What encodes. */
export interface EncodingJob {
  readonly tokenizer: Tokenizer;
  /** Threads that encode, once there is enough to encode; 0: this one. */
  readonly workers: number;
}

/** UTF-16 units that are encoded before threads are started: starting takes longer than encoding less. */
const patience = 4 * 2 ** 20;

/** Encodes in this thread at first, and in others when it becomes much and the tokenizer can live in a thread. */
export class GrowingEncoder implements TextEncoder {
  private encoded = 0;
  private pool: Promise<EncodePool> | undefined;

  constructor(
    private readonly job: EncodingJob,
    /** Where the tokenizer lies meanwhile; made and removed. */
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
