import { computeErrors } from "codex-core";

/** Counts the bytes that the backend holds and refuses what would exceed the limit. */
export class MemoryBudget {
  #usedBytes = 0;

  constructor(readonly limitBytes?: number) {}

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** @throws CODEX_COMPUTE_MEMORY */
  take(sizeBytes: number, what: string): void {
    this.check(sizeBytes, what);
    this.#usedBytes += sizeBytes;
  }

  give(sizeBytes: number): void {
    this.#usedBytes -= sizeBytes;
  }

  /** Whether so much more would fit, without taking it. @throws CODEX_COMPUTE_MEMORY */
  check(sizeBytes: number, what: string): void {
    const needed = this.#usedBytes + sizeBytes;
    if (this.limitBytes === undefined || needed <= this.limitBytes) return;
    throw computeErrors.CODEX_COMPUTE_MEMORY({
      what: `${what} needs ${sizeBytes} bytes, ${needed} in all; the limit is ${this.limitBytes}.`,
      where: "compute.memoryLimitBytes",
    });
  }
}
