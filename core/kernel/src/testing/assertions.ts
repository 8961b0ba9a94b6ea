import assert from "node:assert/strict";
import { type CodexError, isCodexError } from "../errors/codex-error.js";

/** Awaits a rejection (or a throw) with a coded error and returns it. */
export async function rejection(action: () => unknown, ...codes: readonly string[]): Promise<CodexError> {
  try {
    await action();
  } catch (error) {
    if (!isCodexError(error)) throw error;
    if (codes.length > 0) assert.ok(codes.includes(error.code), `${error.code} instead of ${codes.join(" or ")}`);
    return error;
  }
  throw new assert.AssertionError({ message: `nothing was thrown; expected ${codes.join(" or ") || "a coded error"}` });
}

/** Asserts a SHA-256 in hexadecimal. */
export function assertFingerprint(fingerprint: string): void {
  assert.match(fingerprint, /^[0-9a-f]{64}$/, "a fingerprint is a SHA-256 in lower-case hexadecimal");
}

/** Fails when a promise does not settle in time. Returns how it settled. */
export async function settles(promise: Promise<unknown>, limitMs: number): Promise<"resolved" | "rejected"> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: `not settled in ${limitMs} ms` })), limitMs);
  });
  const settled = promise.then(
    () => "resolved" as const,
    () => "rejected" as const,
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Freezes a value and all that it holds, so that a part that changes its input fails. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}
