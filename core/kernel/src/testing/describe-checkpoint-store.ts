import assert from "node:assert/strict";
import { open, readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import type { Checkpoint, CheckpointStore } from "../contracts/checkpoint-store.js";
import { deepFreeze, rejection } from "./assertions.js";
import { createTemporaryFolder, removeTemporaryFolders } from "./temporary-folder.js";
import { testRunner } from "./test-runner.js";

/** A small checkpoint with odd shapes and values. */
export function createTestCheckpoint(step: number, overrides: Partial<Checkpoint> = {}): Checkpoint {
  const weight = Float32Array.from({ length: 12 }, (_, index) => step + index / 7);
  const odd = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, -0, 1e-45, 3.4028234e38);
  return deepFreeze({
    step,
    model: {
      "h.0.attn.c_attn.weight": { shape: [3, 4], dtype: "float32", data: weight },
      "h.0.ln_1.bias": { shape: [5], dtype: "float32", data: odd },
      scalar: { shape: [], dtype: "float32", data: Float32Array.of(step) },
      empty: { shape: [0, 4], dtype: "float32", data: new Float32Array(0) },
    },
    optimizer: {
      "exp_avg.h.0.attn.c_attn.weight": { shape: [3, 4], dtype: "float32", data: weight.map((value) => value * 0.1) },
      "count.h.0.ln_1.bias": { shape: [2], dtype: "int32", data: Int32Array.of(-1, 2 ** 31 - 1) },
    },
    modelDescription: { family: "test", layerCount: 1, nested: { list: [1, null, "x"] } },
    parts: {
      trainer: { version: 1, state: { position: 17, spikes: [0.5] } },
      batchSource: { version: 2, state: null },
    },
    metrics: { "eval/loss": 1 / step, "train/loss": 2.5 },
    attachments: [
      { name: "config.yaml", kind: "file", write: (path) => writeFile(path, "run: { name: test }\n") },
      { name: "tokenizer", kind: "folder", write: (path) => writeFile(join(path, "vocabulary.json"), '["a"]') },
    ],
    ...overrides,
  } satisfies Checkpoint);
}

/**
 * Conformance suite of the CheckpointStore contract. `create` makes a store for a run's folder that keeps every
 * checkpoint.
 */
export function describeCheckpointStore(
  name: string,
  create: (runFolder: string) => CheckpointStore | Promise<CheckpointStore>,
): void {
  const { describe, it, afterEach } = testRunner();

  describe(`${name} keeps the CheckpointStore contract`, () => {
    afterEach(removeTemporaryFolders);

    async function createStore(): Promise<CheckpointStore> {
      return create(await createTemporaryFolder());
    }

    it("loads what it saved, bit for bit", async () => {
      const store = await createStore();
      const checkpoint = createTestCheckpoint(250);
      const saved = await store.save(checkpoint);
      assert.ok(isAbsolute(saved.path) && saved.step === 250 && saved.sizeBytes > 0);
      assert.deepEqual({ ...saved.metrics }, checkpoint.metrics);
      const loaded = await store.load(saved.path);
      assert.equal(loaded.step, 250);
      assert.deepEqual(plain(loaded.model), plain(checkpoint.model));
      assert.deepEqual(plain(loaded.optimizer), plain(checkpoint.optimizer));
      assert.deepEqual(plain(loaded.modelDescription), plain(checkpoint.modelDescription));
      assert.deepEqual(plain(loaded.parts), plain(checkpoint.parts));
      assert.deepEqual({ ...loaded.metrics }, checkpoint.metrics);
      assert.ok(Object.is(loaded.model["h.0.ln_1.bias"]!.data[2], -0));
    });

    it("writes attachments beside the tensors", async () => {
      const saved = await (await createStore()).save(createTestCheckpoint(1));
      assert.equal(await readFile(join(saved.path, "config.yaml"), "utf8"), "run: { name: test }\n");
      assert.equal(await readFile(join(saved.path, "tokenizer", "vocabulary.json"), "utf8"), '["a"]');
    });

    it("leaves the optimizer's tensors out when asked to", async () => {
      const store = await createStore();
      const saved = await store.save(createTestCheckpoint(1));
      const loaded = await store.load(saved.path, { optimizer: false });
      assert.deepEqual({ ...loaded.optimizer }, {});
      assert.equal(Object.keys(loaded.model).length, 4);
    });

    it("lists checkpoints oldest first, and nothing where nothing is", async () => {
      const store = await createStore();
      const first = await store.save(createTestCheckpoint(2));
      await store.save(createTestCheckpoint(10));
      await store.save(createTestCheckpoint(100));
      const listed = await store.list(dirname(first.path));
      assert.deepEqual(
        listed.map((saved) => saved.step),
        [2, 10, 100],
      );
      assert.equal(listed[0]!.path, first.path);
      assert.deepEqual(await store.list(await createTemporaryFolder()), []);
      assert.deepEqual(await store.list(join(await createTemporaryFolder(), "missing")), []);
    });

    it("replaces a checkpoint of the same step", async () => {
      const store = await createStore();
      await store.save(createTestCheckpoint(5));
      const saved = await store.save(createTestCheckpoint(5, { metrics: { "eval/loss": 9 } }));
      assert.equal((await store.load(saved.path)).metrics["eval/loss"], 9);
      assert.equal((await store.list(dirname(saved.path))).length, 1);
    });

    it("keeps metrics that are not finite", async () => {
      const store = await createStore();
      const saved = await store.save(createTestCheckpoint(5, { metrics: { "eval/loss": Number.NaN } }));
      assert.ok(Number.isNaN((await store.load(saved.path)).metrics["eval/loss"]));
    });

    it("leaves no checkpoint behind when saving fails, and works afterwards", async () => {
      const store = await createStore();
      const kept = await store.save(createTestCheckpoint(1));
      const broken = {
        name: "broken",
        kind: "file",
        write: () => Promise.reject(new Error("the disk is full")),
      } as const;
      await assert.rejects(store.save(createTestCheckpoint(2, { attachments: [broken] })));
      const steps = (await store.list(dirname(kept.path))).map((saved) => saved.step);
      assert.deepEqual(steps, [1]);
      assert.equal((await store.save(createTestCheckpoint(2))).step, 2);
    });

    it("says what a checkpoint holds, and verifies every byte of it", async () => {
      const store = await createStore();
      const saved = await store.save(createTestCheckpoint(7));
      const contents = await store.inspect(saved.path);
      assert.equal(contents.step, 7);
      assert.ok(contents.formatVersion >= 1);
      assert.deepEqual(plain(contents.tensors.model["h.0.attn.c_attn.weight"]), { shape: [3, 4], dtype: "float32" });
      assert.equal(Object.keys(contents.tensors.optimizer).length, 2);
      assert.ok("config.yaml" in contents.files);
      assert.deepEqual(plain(await store.verify(saved.path)), plain(contents));
      await changeByte(join(saved.path, "config.yaml"));
      await rejection(() => store.verify(saved.path), "CODEX_CHECKPOINT_CORRUPT");
    });

    it("removes what is not to be kept, when asked, and never the newest", async () => {
      const store = await createStore();
      const first = await store.save(createTestCheckpoint(1));
      await store.save(createTestCheckpoint(2));
      await store.save(createTestCheckpoint(3));
      const folder = dirname(first.path);
      const options = { keepLast: 1, keepBest: 0 };
      const steps = (found: readonly { readonly step: number }[]) => found.map(({ step }) => step);
      assert.deepEqual(steps(await store.prune(folder, { ...options, dryRun: true })), [1, 2]);
      assert.equal((await store.list(folder)).length, 3);
      assert.deepEqual(steps(await store.prune(folder, options)), [1, 2]);
      assert.deepEqual(steps(await store.list(folder)), [3]);
      assert.deepEqual(await store.prune(folder, { keepLast: 0, keepBest: 0 }), []);
    });

    it("refuses a path where there is no checkpoint", async () => {
      const store = await createStore();
      await rejection(async () => store.load(await createTemporaryFolder()), "CODEX_CHECKPOINT_NOT_FOUND");
      await rejection(() => store.load("/no/such/folder"), "CODEX_CHECKPOINT_NOT_FOUND");
    });

    it("notices a changed byte in any file and a file that was cut", async () => {
      const store = await createStore();
      const saved = await store.save(createTestCheckpoint(1));
      for (const file of await filesOf(saved.path)) {
        const before = await readFile(file);
        await changeByte(file);
        await rejection(() => store.load(saved.path), "CODEX_CHECKPOINT_CORRUPT", "CODEX_CHECKPOINT_NEWER_FORMAT");
        await writeFile(file, before);
        await truncate(file, before.length - 1);
        await rejection(() => store.load(saved.path), "CODEX_CHECKPOINT_CORRUPT");
        await writeFile(file, before);
      }
      assert.equal((await store.load(saved.path)).step, 1);
    });
  });
}

async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const files: string[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const found = await stat(path);
    if (found.isFile() && found.size > 0) files.push(path);
  }
  return files;
}

async function changeByte(file: string): Promise<void> {
  const handle = await open(file, "r+");
  try {
    const { size } = await handle.stat();
    const position = Math.floor(size / 2);
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, position);
    await handle.write(Buffer.of((buffer[0] as number) ^ 1), 0, 1, position);
  } finally {
    await handle.close();
  }
}

/** The same values without prototypes and freezing, so that only content is compared. */
function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
