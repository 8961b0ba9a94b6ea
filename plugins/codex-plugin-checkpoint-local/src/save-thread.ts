import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Named, TensorData } from "codex-core";
import type { WrittenFile } from "./safetensors/write-safetensors.js";

/** A file that the thread shall write. */
export interface WriteJob {
  readonly path: string;
  /** Tensors in shared memory. */
  readonly tensors: Named<TensorData>;
}

/** What the thread answers. */
export type WriteAnswer = { readonly written: WrittenFile } | { readonly message: string; readonly code?: string };

/** Writes and digests tensors in a thread of its own, so that training goes on. It starts with the first file. */
export class SaveThread {
  private worker: Worker | undefined;
  /** Rejects when the thread ends. */
  private dying: Promise<never> | undefined;

  /** Writes a safetensors file and resolves when it is on disk. One file at a time. */
  async write(path: string, tensors: Named<TensorData>): Promise<WrittenFile> {
    const worker = this.started();
    const answering = once(worker, "message");
    worker.ref();
    try {
      worker.postMessage({ path, tensors: inSharedMemory(tensors) } satisfies WriteJob);
      const [answer] = (await Promise.race([answering, this.dying])) as [WriteAnswer];
      if ("written" in answer) return answer.written;
      throw Object.assign(new Error(answer.message), { code: answer.code });
    } finally {
      worker.unref();
    }
  }

  async dispose(): Promise<void> {
    await this.worker?.terminate();
    this.worker = undefined;
  }

  private started(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(new URL("./write-tensors.js", import.meta.url));
    this.dying = once(worker, "exit").then(() => {
      throw new Error("The thread that saves checkpoints has ended.");
    });
    this.dying.catch(() => {});
    const forget = () => {
      if (this.worker === worker) this.worker = undefined;
    };
    worker.on("error", forget);
    worker.on("exit", forget);
    this.worker = worker;
    return worker;
  }
}

/** Arrays in shared memory travel to the thread as they are; the others are copied there first. */
function inSharedMemory(tensors: Named<TensorData>): Named<TensorData> {
  const shared = Object.entries(tensors).map(([name, tensor]): [string, TensorData] => {
    const { shape, dtype, data } = tensor;
    if (data.buffer instanceof SharedArrayBuffer) return [name, { shape, dtype, data }];
    const memory = new SharedArrayBuffer(data.byteLength);
    const copy = dtype === "float32" ? new Float32Array(memory) : new Int32Array(memory);
    copy.set(data);
    return [name, { shape, dtype, data: copy }];
  });
  return Object.fromEntries(shared);
}
