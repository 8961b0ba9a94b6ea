import assert from "node:assert/strict";

const brand = Symbol.for("codex.error");

/** Awaits a rejection with a coded error, of one of the given codes if there are any. */
export async function codedRejection(action: () => Promise<unknown>, ...codes: readonly string[]): Promise<void> {
  const failure: unknown = await action().then(
    () => assert.fail(`nothing was thrown; expected ${codes.join(" or ") || "a coded error"}`),
    (error: unknown) => error,
  );
  const { code } = failure as { readonly code?: unknown };
  if ((failure as { readonly [brand]?: unknown })[brand] !== true || typeof code !== "string") throw failure;
  if (codes.length > 0) assert.ok(codes.includes(code), `${code} instead of ${codes.join(" or ")}`);
}
