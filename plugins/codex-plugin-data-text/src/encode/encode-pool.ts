import { mkdir, rm } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import type { Tokenizer } from "codex-core";
import { textErrors } from "../errors.js";
import { inCache } from "../prepared/cache-folder.js";
import type { BytesPerToken } from "../prepared/token-array.js";
import type { EncodeAnswer, EncodeThreadData } from "./encode-thread.js";
import type { EncodedTexts, TextEncoder } from "./text-encoder.js";

/** A batch that waits for its answer. */
interface Waiting {
  resolve(encoded: EncodedTexts): void;
  reject(error: Error): void;
}

/** A thread, and what waits for it, first come, first served. */
interface Thread {
  readonly worker: Worker;
  readonly waiting: Waiting[];
  /** Why it has ended. */
  ended?: Error;
}

/** Encodes texts in threads of its own, each with a tokenizer like the given one. */
export class EncodePool implements TextEncoder {
  readonly concurrency: number;
  private readonly threads: readonly Thread[];

  private constructor(
    data: EncodeThreadData,
    threadCount: number,
    private readonly folder: string,
  ) {
    this.concurrency = 2 * threadCount;
    this.threads = Array.from({ length: threadCount }, () => startThread(data));
  }

  /**
   * @param tokenizer one with a `workerModule`
   * @param folder that is made, where the tokenizer is saved for the threads, and that is removed in the end
   * @throws CODEX_DATA_CACHE
   */
  static async start(
    tokenizer: Tokenizer & { readonly workerModule: string },
    bytesPerToken: BytesPerToken,
    threadCount: number,
    folder: string,
  ): Promise<EncodePool> {
    await inCache(folder, async () => {
      await mkdir(folder);
      await tokenizer.save(folder);
    });
    const { workerModule, fingerprint } = tokenizer;
    return new EncodePool({ workerModule, folder, fingerprint, bytesPerToken }, threadCount, folder);
  }

  /** @throws CODEX_DATA_ENCODE_FAILED */
  encode(texts: readonly string[]): Promise<EncodedTexts> {
    const thread = this.threads.reduce((one, other) => (other.waiting.length < one.waiting.length ? other : one));
    if (thread.ended) return Promise.reject(thread.ended);
    return new Promise((resolve, reject) => {
      thread.waiting.push({ resolve, reject });
      thread.worker.postMessage(texts);
    });
  }

  async dispose(): Promise<void> {
    await Promise.all(this.threads.map(({ worker }) => worker.terminate()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

function startThread(data: EncodeThreadData): Thread {
  const worker = new Worker(new URL("./encode-thread.js", import.meta.url), { workerData: data });
  const thread: Thread = { worker, waiting: [] };
  const end = (problem: string, cause?: unknown) => {
    thread.ended ??= encodeFailed(problem, cause);
    for (const { reject } of thread.waiting.splice(0)) reject(thread.ended);
  };
  worker.on("message", (answer: EncodeAnswer) => {
    const first = thread.waiting.shift();
    if ("encoded" in answer) first?.resolve(answer.encoded);
    else first?.reject(encodeFailed(answer.failure));
  });
  worker.on("error", (error) => end(error.message, error));
  worker.on("exit", () => end("the thread ended"));
  return thread;
}

function encodeFailed(problem: string, cause?: unknown): Error {
  return textErrors.CODEX_DATA_ENCODE_FAILED({
    what: `A text could not be encoded: ${problem}`,
    where: "tokenizer",
    cause,
  });
}
