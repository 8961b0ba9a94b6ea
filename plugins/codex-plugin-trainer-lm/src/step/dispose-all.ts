import type { Disposable } from "codex-core";

/** Disposes all, one after the other, whatever one of them throws; then throws the first failure, or all of them. */
export async function disposeAll(parts: readonly (Disposable | undefined)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const part of parts) {
    try {
      await part?.dispose();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, "Several parts could not be disposed.");
}
