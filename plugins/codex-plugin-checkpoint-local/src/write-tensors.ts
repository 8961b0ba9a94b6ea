/** The thread that writes tensors: a job in, an answer out. */
import { parentPort } from "node:worker_threads";
import { writeSafetensors } from "./safetensors/write-safetensors.js";
import type { WriteAnswer, WriteJob } from "./save-thread.js";

parentPort?.on("message", async ({ path, tensors }: WriteJob) => {
  parentPort?.postMessage(await answer(path, tensors));
});

async function answer(path: string, tensors: WriteJob["tensors"]): Promise<WriteAnswer> {
  try {
    return { written: await writeSafetensors(path, tensors) };
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    return { message, ...(code === undefined ? {} : { code }) };
  }
}
