import type { Batch, BatchReader } from "codex-core";

/** The batches of one pass, `most` of them at the most; each is read while the one before it is worked on. */
export async function* batchesInOrder(
  reader: BatchReader,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<Batch, void, void> {
  const count = Math.min(reader.microBatchesPerEpoch, most);
  let next: Promise<Batch> | undefined;
  for (let position = 0; position < count; position += 1) {
    const batch = await (next ?? reader.read(position));
    next = position + 1 < count ? reader.read(position + 1) : undefined;
    next?.catch(() => {});
    yield batch;
  }
}
