import { createHash } from "node:crypto";
import type { LoadedCheckpoint } from "codex-core";

/** Digest of all that a checkpoint gives back, to the bit; the order of names does not count. */
export function contentDigest(checkpoint: Omit<LoadedCheckpoint, "path">): string {
  const { step, metrics, parts, modelDescription, model, optimizer } = checkpoint;
  const hash = createHash("sha256").update(JSON.stringify(sorted({ step, metrics, parts, modelDescription })));
  for (const tensors of [model, optimizer]) {
    for (const [name, { shape, dtype, data }] of Object.entries(tensors).sort(([a], [b]) => (a < b ? -1 : 1))) {
      hash.update(JSON.stringify([name, shape, dtype]));
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  }
  return hash.digest("hex");
}

/** JSON does not tell NaN from null: numbers become text. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value === "number") return `number ${Object.is(value, -0) ? "-0" : value}`;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, inner]) => [key, sorted(inner)]);
}
