import assert from "node:assert/strict";
import type { Batch, BatchReader, BatchShape, BatchSource, Split } from "../contracts/batch-source.js";
import { assertFingerprint, rejection } from "./assertions.js";
import { removeTemporaryFolders } from "./temporary-folder.js";
import { testRunner } from "./test-runner.js";

export interface BatchSourceSuiteSettings {
  /** Ids in batches are below it. */
  readonly vocabSize: number;
  /** Makes the same source under another seed; its training batches must come in another order. */
  createWithSeed?(seed: number): BatchSource | Promise<BatchSource>;
}

const shape: BatchShape = { microBatch: 2, contextLength: 8 };
const splits: readonly Split[] = ["train", "validation"];

/** Conformance suite of the BatchSource contract, for token sources: at least 100 tokens in each split. */
export function describeBatchSource(
  name: string,
  create: () => BatchSource | Promise<BatchSource>,
  settings: BatchSourceSuiteSettings,
): void {
  const { describe, it, afterEach } = testRunner();

  describe(`${name} keeps the BatchSource contract`, () => {
    afterEach(removeTemporaryFolders);

    it("has one fingerprint, however often it is made", async () => {
      const source = await create();
      assertFingerprint(source.fingerprint);
      assert.equal((await create()).fingerprint, source.fingerprint);
    });

    it("reads int32 ids and targets and a float32 mask of the asked shape", async () => {
      const source = await create();
      for (const split of splits) {
        const reader = await source.open(split, shape);
        assert.ok(Number.isSafeInteger(reader.tokenCount) && reader.tokenCount > 0);
        assert.ok(Number.isSafeInteger(reader.microBatchesPerEpoch) && reader.microBatchesPerEpoch > 0);
        const { tokenIds, targetIds, lossMask } = tokensOf(await reader.read(0));
        const size = shape.microBatch * shape.contextLength;
        assert.deepEqual([tokenIds.length, targetIds.length, lossMask.length], [size, size, size]);
        assert.ok(tokenIds.every((id) => id >= 0 && id < settings.vocabSize));
        assert.ok(targetIds.every((id) => id >= 0 && id < settings.vocabSize));
        assert.ok(lossMask.every((value) => Number.isFinite(value) && value >= 0));
        assert.ok(
          lossMask.some((value) => value > 0),
          "something counts in the first batch",
        );
      }
    });

    it("makes each target the next token of its sequence", async () => {
      const reader = await (await create()).open("train", shape);
      const { tokenIds, targetIds, lossMask } = tokensOf(await reader.read(0));
      for (let index = 0; index < tokenIds.length; index++) {
        const lastOfRow = index % shape.contextLength === shape.contextLength - 1;
        if (lastOfRow || lossMask[index] === 0 || lossMask[index + 1] === 0) continue;
        assert.equal(targetIds[index], tokenIds[index + 1]);
      }
    });

    it("gives the same batch at a position, in any order, from any reader", async () => {
      const reader = await (await create()).open("train", shape);
      const forwards = await readAll(reader, [0, 1, 2, 3]);
      const backwards = await readAll(reader, [3, 2, 1, 0]);
      assert.deepEqual(backwards.reverse(), forwards);
      const other = await (await create()).open("train", shape);
      assert.deepEqual(await readAll(other, [0, 1, 2, 3]), forwards);
      const together = await Promise.all([0, 1, 2, 3].map((position) => other.read(position)));
      assert.deepEqual(together, forwards);
    });

    it("gives arrays of its caller's own", async () => {
      const reader = await (await create()).open("train", shape);
      const first = tokensOf(await reader.read(0));
      const before = first.tokenIds.slice();
      first.tokenIds.fill(0);
      assert.deepEqual(tokensOf(await reader.read(0)).tokenIds, before);
    });

    it("goes on into the next epoch", async () => {
      const reader = await (await create()).open("train", shape);
      const next = tokensOf(await reader.read(reader.microBatchesPerEpoch));
      assert.ok(next.lossMask.some((value) => value > 0));
    });

    it("covers each split once in an epoch", async () => {
      const source = await create();
      for (const split of splits) {
        const reader = await source.open(split, shape);
        let counted = 0;
        for (let position = 0; position < reader.microBatchesPerEpoch; position++) {
          counted += tokensOf(await reader.read(position)).lossMask.filter((value) => value > 0).length;
        }
        const perBatch = shape.microBatch * shape.contextLength;
        assert.ok(counted <= reader.tokenCount, `${counted} targets of ${reader.tokenCount} tokens in ${split}`);
        assert.ok(
          counted > reader.tokenCount - perBatch - shape.contextLength - 2,
          `${counted} of ${reader.tokenCount}`,
        );
      }
    });

    it("refuses a split that does not hold one sequence", async () => {
      const source = await create();
      const tooLong = { microBatch: 1, contextLength: 1 << 24 };
      await rejection(() => source.open("train", tooLong), "CODEX_DATA_SPLIT_TOO_SHORT");
      await rejection(() => source.open("validation", tooLong), "CODEX_DATA_SPLIT_TOO_SHORT");
    });

    if (settings.createWithSeed) {
      it("shuffles the training split by the seed and leaves the validation split in order", async () => {
        const [one, two] = [await settings.createWithSeed!(1), await settings.createWithSeed!(2)];
        const positions = [0, 1, 2, 3];
        const [trainOne, trainTwo] = [await one.open("train", shape), await two.open("train", shape)];
        assert.notDeepEqual(await readAll(trainOne, positions), await readAll(trainTwo, positions));
        const [heldOne, heldTwo] = [await one.open("validation", shape), await two.open("validation", shape)];
        assert.deepEqual(await heldOne.read(0), await heldTwo.read(0));
      });
    }
  });
}

async function readAll(reader: BatchReader, positions: readonly number[]): Promise<Batch[]> {
  const batches: Batch[] = [];
  for (const position of positions) batches.push(await reader.read(position));
  return batches;
}

function tokensOf(batch: Batch): { tokenIds: Int32Array; targetIds: Int32Array; lossMask: Float32Array } {
  const { tokenIds, targetIds, lossMask } = batch;
  assert.ok(tokenIds instanceof Int32Array && targetIds instanceof Int32Array && lossMask instanceof Float32Array);
  return { tokenIds, targetIds, lossMask };
}
