import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Tokenizer } from "codex-core";
import { textErrors } from "../errors.js";
import type { BytesPerToken } from "../prepared/token-array.js";
import type { EncodeAnswer, EncodeThreadData } from "./encode-thread.js";
import type { EncodedTexts, TextEncoder } from "./text-encoder.js";

/** A batch that waits for its answer. */
interface Waiting {
  resolve(encoded: EncodedTexts): void;
  reject(error: Error): void;
}

/** Encodes texts in threads of its own, each with a tokenizer like the given one. */
export class EncodePool implements TextEncoder {
  readonly concurrency: number;
  private readonly threads: { readonly worker: Worker; readonly waiting: Waiting[] }[];

  private constructor(
    data: EncodeThreadData,
    threadCount: number,
    private readonly folder: string,
  ) {
    this.concurrency = 2 * threadCount;
    this.threads = Array.from({ length: threadCount }, () => startThread(data));
  }

  /** @param tokenizer one with a `workerModule` */
  static async start(
    tokenizer: Tokenizer & { readonly workerModule: string },
    bytesPerToken: BytesPerToken,
    threadCount: number,
  ): Promise<EncodePool> {
    const folder = await mkdtemp(join(tmpdir(), "codex-tokenizer-"));
    await tokenizer.save(folder);
    const { workerModule, fingerprint } = tokenizer;
    return new EncodePool({ workerModule, folder, fingerprint, bytesPerToken }, threadCount, folder);
  }

  /** @throws CODEX_DATA_ENCODE_FAILED */
  encode(texts: readonly string[]): Promise<EncodedTexts> {
    const thread = this.threads.reduce((one, other) => (other.waiting.length < one.waiting.length ? other : one));
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

function startThread(data: EncodeThreadData) {
  const worker = new Worker(new URL("./encode-thread.js", import.meta.url), { workerData: data });
  const waiting: Waiting[] = [];
  const rejectAll = (problem: string, cause?: unknown) => {
    for (const { reject } of waiting.splice(0)) reject(encodeFailed(problem, cause));
  };
  worker.on("message", (answer: EncodeAnswer) => {
    const first = waiting.shift();
    if ("encoded" in answer) first?.resolve(answer.encoded);
    else first?.reject(encodeFailed(answer.failure));
  });
  worker.on("error", (error) => rejectAll(error.message, error));
  worker.on("exit", () => rejectAll("the thread ended"));
  return { worker, waiting };
}

function encodeFailed(problem: string, cause?: unknown): Error {
  return textErrors.CODEX_DATA_ENCODE_FAILED({
    what: `A text could not be encoded: ${problem}`,
    where: "tokenizer",
    cause,
  });
}
