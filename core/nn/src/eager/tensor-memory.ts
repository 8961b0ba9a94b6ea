/** Memory is short. The message says how, in words that follow after what needed it. */
export class MemoryShortage extends Error {
  override readonly name = "MemoryShortage";

  constructor(
    message: string,
    /** The option to blame, where there is one. */
    readonly where?: string,
  ) {
    super(message);
  }
}

/** What an eager backend knows of its library's memory. */
export interface EagerMemory {
  /** Runs work under the backend's limit. Of work that fails nothing stays but what was there before. */
  within<Result>(work: () => Result): Result;
  /** Whether an error says, in the library's words, that memory is short. */
  isShort(error: Error): boolean;
}

/**
 * Counts the bytes that tensors of a library hold, and refuses what would exceed the limit of the work that goes on. A
 * library has one, as all backends of a process share its memory.
 */
export class TensorMemory {
  #usedBytes = 0;
  #limitBytes: number | undefined;

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** @throws MemoryShortage */
  take(sizeBytes: number): void {
    const needed = this.#usedBytes + sizeBytes;
    const limit = this.#limitBytes;
    if (limit !== undefined && needed > limit) {
      const message = `A tensor needs ${sizeBytes} bytes, ${needed} in all; the limit is ${limit}.`;
      throw new MemoryShortage(message, "compute.memoryLimitBytes");
    }
    this.#usedBytes = needed;
  }

  give(sizeBytes: number): void {
    this.#usedBytes -= sizeBytes;
  }

  /** Runs work that may use so much in all. */
  limited<Result>(limitBytes: number | undefined, work: () => Result): Result {
    const before = this.#limitBytes;
    this.#limitBytes = limitBytes;
    try {
      return work();
    } finally {
      this.#limitBytes = before;
    }
  }
}
