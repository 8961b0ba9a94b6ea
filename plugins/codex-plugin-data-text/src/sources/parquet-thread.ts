/** Runs in a worker thread: reads a Parquet file and hands on its rows, a batch each time it is asked. */
import { parentPort, workerData } from "node:worker_threads";
import { type ErrorContent, type ExitCode, isCodexError } from "codex-core";
import type { NumberedText } from "./numbered-text.js";
import { readParquet } from "./read-parquet.js";
import type { ReadSizes } from "./read-text.js";

/** What the thread starts with. */
export interface ParquetThreadData {
  readonly id: string;
  readonly path: string;
  readonly textField: string;
  readonly textFieldOption: string | undefined;
  readonly sizes: ReadSizes;
}

/** What the thread answers when it is asked for a batch; one without rows is the last. */
export type ParquetAnswer =
  | { readonly rows: readonly NumberedText[]; readonly readBytes: number }
  | { readonly code: string; readonly exitCode: ExitCode; readonly content: ErrorContent }
  | { readonly failure: string };

/** UTF-16 units of a batch. */
const batchLength = 2 ** 20;

const { id, path, textField, textFieldOption, sizes } = workerData as ParquetThreadData;
let readBytes = 0;
const onRead = (sizeBytes: number) => {
  readBytes += sizeBytes;
};
const texts = readParquet({ id, path, textFieldOption, onRead }, textField, sizes);

parentPort?.on("message", async () => parentPort?.postMessage(await nextAnswer()));

async function nextAnswer(): Promise<ParquetAnswer> {
  try {
    const rows: NumberedText[] = [];
    for (let length = 0; length < batchLength; ) {
      const { done, value } = await texts.next();
      if (done) break;
      rows.push(value);
      length += value.text.length;
    }
    const answer = { rows, readBytes };
    readBytes = 0;
    return answer;
  } catch (error) {
    if (!isCodexError(error)) return { failure: String(error) };
    const { code, exitCode, what, where, why, fix } = error;
    return { code, exitCode, content: { what, where, why, fix } as ErrorContent };
  }
}
