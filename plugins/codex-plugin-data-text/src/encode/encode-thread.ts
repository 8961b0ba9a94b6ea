/** Runs in a worker thread: makes a tokenizer from what another saved, and encodes the texts that it is sent. */
import { parentPort, workerData } from "node:worker_threads";
import { isCodexError, type Tokenizer, type TokenizerWorkerModule } from "codex-core";
import type { BytesPerToken } from "../prepared/token-array.js";
import { type EncodedTexts, encodeTexts } from "./text-encoder.js";

/** What a thread starts with. */
export interface EncodeThreadData {
  /** URL of the module that restores the tokenizer. */
  readonly workerModule: string;
  /** Folder that the tokenizer was saved to. */
  readonly folder: string;
  /** Of the tokenizer that was saved. */
  readonly fingerprint: string;
  readonly bytesPerToken: BytesPerToken;
}

/** What a thread answers. */
export type EncodeAnswer = { readonly encoded: EncodedTexts } | { readonly failure: string };

const { workerModule, folder, fingerprint, bytesPerToken } = workerData as EncodeThreadData;
const restoring = restore();
restoring.catch(() => {});

parentPort?.on("message", async (texts: readonly string[]) => {
  try {
    const encoded = encodeTexts(await restoring, bytesPerToken, texts);
    const buffers = [encoded.tokens.buffer, encoded.lengths.buffer] as ArrayBuffer[];
    parentPort?.postMessage({ encoded } satisfies EncodeAnswer, buffers);
  } catch (error) {
    const failure = isCodexError(error) ? error.what : String(error);
    parentPort?.postMessage({ failure } satisfies EncodeAnswer);
  }
});

async function restore(): Promise<Tokenizer> {
  const { restoreTokenizer } = (await import(workerModule)) as TokenizerWorkerModule;
  const tokenizer = await restoreTokenizer(folder);
  if (tokenizer.fingerprint === fingerprint) return tokenizer;
  throw new Error(`the tokenizer that ${workerModule} restores is not the one that was saved`);
}
