import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { CodexError } from "codex-core";
import type { FoundFile } from "./find-files.js";
import type { NumberedText } from "./numbered-text.js";
import type { ParquetAnswer, ParquetThreadData } from "./parquet-thread.js";
import { unreadable } from "./read-bytes.js";
import { defaultSizes, type ReadSizes } from "./read-text.js";

/** Milliseconds without a row after which a file counts as damaged. */
const defaultPatienceMs = 300_000;

/**
 * Reads a Parquet file as `readParquet` does, in a thread of its own: some damage keeps the decoder busy without end or
 * takes all memory, and a thread can be ended. Rows are decoded while those before are worked on.
 *
 * @throws CODEX_DATA_LINE_INVALID, CODEX_DATA_UNREADABLE
 */
export async function* readParquetInThread(
  file: FoundFile,
  textField: string,
  sizes: ReadSizes = defaultSizes,
  patienceMs = defaultPatienceMs,
): AsyncGenerator<NumberedText> {
  const { id, path, textFieldOption } = file;
  const workerData: ParquetThreadData = { id, path, textField, textFieldOption, sizes };
  const worker = new Worker(new URL("./parquet-thread.js", import.meta.url), { workerData });
  const ended = once(worker, "exit").then(() => ({ failure: "the thread that decodes it ended" }));
  ended.catch(() => {});
  try {
    for (let pending = ask(worker, ended, patienceMs); ; ) {
      const answer = await pending;
      if ("failure" in answer) throw unreadable(file, new Error(answer.failure));
      if ("code" in answer) throw new CodexError(answer.code, answer.exitCode, answer.content);
      file.onRead?.(answer.readBytes);
      if (answer.rows.length === 0) return;
      pending = ask(worker, ended, patienceMs);
      yield* answer.rows;
    }
  } finally {
    await worker.terminate();
  }
}

/** The next answer of the thread, or what kept it from one. Never rejected: it may be waited for late, or not at all. */
async function ask(
  worker: Worker,
  ended: Promise<{ readonly failure: string }>,
  patienceMs: number,
): Promise<ParquetAnswer> {
  const inTime = new AbortController();
  const { signal } = inTime;
  const late = setTimeout(patienceMs, { failure: `no row came of it within ${patienceMs / 1000} s` }, { signal });
  late.catch(() => {});
  const answered = once(worker, "message", { signal }) as Promise<[ParquetAnswer]>;
  worker.postMessage("next");
  try {
    return await Promise.race([answered.then(([answer]) => answer), ended, late]);
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  } finally {
    inTime.abort();
  }
}
