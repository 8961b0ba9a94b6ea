import { join } from "node:path";
import { expect } from "chai";
import type { BatchReader, BatchSource, JsonObject, Named } from "codex-core";
import { createKernel, type PartReplacement } from "codex-core/kernel";
import {
  ByteTokenizer,
  createFakeConfig,
  createTemporaryFolder,
  fakePlugin,
  MemoryBatchSource,
  MemoryCorpus,
  rejection,
  removeTemporaryFolders,
} from "codex-core/testing";
import { inspectData } from "#src/cli/data/inspect-data.js";
import { prepareData } from "#src/cli/data/prepare-data.js";
import { showStats } from "#src/cli/data/show-stats.js";
import { verifyData } from "#src/cli/data/verify-data.js";
import { createFakeContext } from "./fake-context.js";
import { createFakeTerminal } from "./fake-terminal.js";

const whale = "the whale swims in the sea. ".repeat(10);
const texts = [whale, "call me. ".repeat(9), whale, "call me. ".repeat(9)];
const sources: JsonObject[] = [
  { name: "whale", weight: 3, license: "CC0-1.0" },
  { name: "letters\u001b[2J", weight: 1 },
];
const data = { type: "fake", texts, sources };
const trainer = { type: "fake", microBatch: 2, gradAccumSteps: 3, maxSteps: 40 };

describe("codex data", () => {
  let project: string;
  beforeEach(async () => {
    project = await createTemporaryFolder();
  });
  afterEach(removeTemporaryFolders);

  function contextOf(config: JsonObject = {}, parts: Named<PartReplacement> = {}, json = false) {
    return createFakeContext({
      terminal: createFakeTerminal(project),
      json,
      openKernel: (settings) =>
        createKernel({
          ...settings,
          plugins: [fakePlugin],
          parts,
          config: createFakeConfig({ data, trainer, ...config }),
        }),
    });
  }

  /** A source over texts of its own, whose parts a test can spoil. */
  const sourceOf = (own: readonly string[] = texts) =>
    MemoryBatchSource.create(new MemoryCorpus(own), new ByteTokenizer(), 0);
  const withoutModel = { model: undefined as never };

  describe("prepare", () => {
    it("says where the tokens are, whether they are new, and how many each source gave", async () => {
      const context = contextOf();
      await prepareData({}, [], context);
      const { text } = context.terminal.stdout;
      expect(text)
        .to.match(/^280 B of 722 B/)
        .and.match(/^folder {6}memory, made in 0s\nvocabulary {2}257$/m);
      expect(text)
        .to.match(/^source +split +documents +tokens$/m)
        .and.match(/^whale +train +2 +\d+$/m);
      expect(text).to.include("letters\ufffd[2J").and.not.include("\u001b");
    });

    it("answers with folder, made and manifest, and keeps progress on stderr", async () => {
      const context = contextOf({}, {}, true);
      await prepareData({}, [], context);
      const answer = JSON.parse(context.terminal.stdout.text);
      expect(answer).to.include({ folder: "memory", made: true }).and.have.nested.property("manifest.sources.whale");
      expect(context.terminal.stderr.text).to.match(/^280 B of 722 B .*1 document {2}280 tokens$/m);
    });

    it("says when they are there already, and needs neither model nor trainer", async () => {
      const source = await sourceOf();
      await source.prepare();
      const context = contextOf(withoutModel, { batchSource: source });
      await prepareData({}, [], context);
      expect(context.terminal.stdout.text).to.include("memory, there already");
    });

    it("names the dataset that the config asks for, whatever the tokens were made for", async () => {
      const named = { data: { ...data, dataset: "whale@2", fingerprint: await new MemoryCorpus(texts).fingerprint() } };
      const source = await sourceOf();
      Object.assign(source.manifest, { dataset: "old@1" });
      for (const show of [prepareData, showStats]) {
        const context = contextOf(named, { batchSource: source });
        await show({}, [], context);
        expect(context.terminal.stdout.text).to.match(/^dataset +whale@2$/m);
        const unnamed = contextOf({}, { batchSource: source });
        await show({}, [], unnamed);
        expect(unnamed.terminal.stdout.text).to.not.match(/^dataset/m);
        const asJson = contextOf(named, { batchSource: source }, true);
        await show({}, [], asJson);
        expect(JSON.parse(asJson.terminal.stdout.text).dataset).to.equal("whale@2");
      }
    });

    it("shows what a manifest without sources says", async () => {
      const manifest = { rows: 12, of: "elsewhere\u0007", nested: {} };
      const source = Object.assign(await sourceOf(), {
        prepare: async () => ({ folder: "/far", made: false, manifest }),
      });
      const context = contextOf({}, { batchSource: source });
      await prepareData({}, [], context);
      expect(context.terminal.stdout.text).to.equal(
        "folder  /far, there already\nrows    12\nof      elsewhere\ufffd\n",
      );
    });

    it("refuses a source that makes nothing ahead", async () => {
      const { fingerprint, open } = await sourceOf();
      const source: BatchSource = { fingerprint, open };
      await rejection(() => prepareData({}, [], contextOf({}, { batchSource: source })), "CODEX_DATA_NOT_PREPARABLE");
      await rejection(() => verifyData({}, [], contextOf({}, { batchSource: source })), "CODEX_DATA_NOT_PREPARABLE");
      await rejection(() => showStats({}, [], contextOf({}, { batchSource: source })), "CODEX_DATA_NOT_PREPARABLE");
    });
  });

  describe("inspect", () => {
    it("shows rows of the shape that trainer and model take", async () => {
      const context = contextOf();
      await inspectData({ position: 1 }, [], context);
      const { text } = context.terminal.stdout;
      expect(text).to.include("Position 1, epoch 1: 2 rows of 4 tokens.");
      expect(text)
        .to.match(/row 0, 4 of 4 targets count\n {2}\S/)
        .and.include("row 1, ")
        .and.not.include("row 2, ");
    });

    it("gives ids with --json, of the split and length that are asked for", async () => {
      const context = contextOf(withoutModel, {}, true);
      await inspectData({ split: "validation", contextLength: 8, rows: 1 }, [], context);
      const answer = JSON.parse(context.terminal.stdout.text);
      expect(answer).to.deep.include({ split: "validation", position: 0, shape: { microBatch: 2, contextLength: 8 } });
      const [{ tokenIds, targetIds, lossMask, pieces }] = answer.rows;
      expect(answer.rows).to.have.length(1);
      expect(tokenIds.slice(1)).to.deep.equal(targetIds.slice(0, 7));
      expect(lossMask).to.deep.equal([1, 1, 1, 1, 1, 1, 1, 1]);
      const said = Buffer.from([...tokenIds, targetIds[7]]).toString("utf8");
      expect(pieces).to.deep.equal([{ text: said, learned: true, startsDocument: false }]);
    });

    /** A source of one batch. */
    function batchOf(batch: Awaited<ReturnType<BatchReader["read"]>>, more: Partial<BatchReader> = {}): BatchSource {
      const reader = { microBatchesPerEpoch: 1, tokenCount: 99, read: async () => batch, ...more };
      return { fingerprint: "f".repeat(64), open: async () => reader };
    }
    const ids = (text: string): Int32Array => Int32Array.from(Buffer.from(text));

    it("marks what is not learned, where documents begin, and makes control characters visible", async () => {
      const packed = batchOf({
        tokenIds: ids("ask:yes\u001bhino!!"),
        targetIds: ids("sk:yes\u001b.i.o.!!"),
        lossMask: Float32Array.from([0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0]),
        segmentIds: Int32Array.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3]),
      });
      const context = contextOf({ trainer: { type: "fake", microBatch: 1 } }, { batchSource: packed });
      await inspectData({ contextLength: 14 }, [], context);
      expect(context.terminal.stdout.text).to.include(
        "row 0, 7 of 14 targets count, 2 at the end only fill the row\n  ⟦ask:⟧yes\ufffd.‖hi.‖⟦no⟧\n",
      );
    });

    it("reads a batch of another of the shapes that the reader has", async () => {
      const long = batchOf(
        { tokenIds: ids("abcdef"), targetIds: ids("bcdefg"), lossMask: new Float32Array(6).fill(1) },
        { shapes: [{ microBatch: 1, contextLength: 6 }] },
      );
      const context = contextOf({}, { batchSource: long }, true);
      await inspectData({}, [], context);
      const answer = JSON.parse(context.terminal.stdout.text);
      expect(answer.shape).to.deep.equal({ microBatch: 1, contextLength: 6 });
      expect(answer.rows[0].pieces[0].text).to.equal("abcdefg");
    });

    it("refuses batches that are no tokens, and a config that does not say how much to read", async () => {
      const pictures = batchOf({ pixels: new Float32Array(4) });
      const error = await rejection(
        () => inspectData({}, [], contextOf({}, { batchSource: pictures })),
        "CODEX_DATA_NOT_TOKENS",
      );
      expect(error.what).to.include("pixels");
      await rejection(() => inspectData({}, [], contextOf(withoutModel)), "CODEX_DATA_SHAPE_UNKNOWN");
      const noTrainer = contextOf({ trainer: { type: "fake" } });
      await rejection(() => inspectData({}, [], noTrainer), "CODEX_DATA_SHAPE_UNKNOWN");
    });
  });

  describe("verify", () => {
    it("is content with data and sources that are as the manifest says", async () => {
      const context = contextOf();
      await verifyData({}, [], context);
      expect(context.exitCode).to.equal(0);
      expect(context.terminal.stdout.text).to.include(
        "as its manifest says: memory. It was made just now, because it was not there or not whole. Compared with 4 source files.",
      );
    });

    it("lists what of the prepared data differs, with exit code 1, and does not make it anew", async () => {
      const source = await sourceOf();
      await source.prepare();
      source.splits.train[0] = 7;
      const context = contextOf({}, { batchSource: source });
      await verifyData({}, [], context);
      expect(context.exitCode).to.equal(1);
      expect(context.terminal.stdout.text).to.match(/^file +problem\ntrain +its digest is not/);
    });

    it("says what to delete, so that it is made again, of folders in one another only the outer", async () => {
      const tokens = join(project, ".codex/cache/tokens/key");
      const problems = [
        { file: "train.bin", problem: "it differs", folder: tokens },
        { file: "rows/a/8", problem: "it differs", folder: join(tokens, "rows/a") },
        { file: "rows/b/8", problem: "it differs", folder: "/elsewhere/b" },
      ];
      const source = Object.assign(await sourceOf(), { verify: async () => problems });
      const context = contextOf({}, { batchSource: source });
      await verifyData({}, [], context);
      expect(context.terminal.stdout.text).to.include("Fix: delete .codex/cache/tokens/key, /elsewhere/b; what is");
    });

    it("lists source files that changed, went or came", async () => {
      const corpus = new MemoryCorpus([texts[0]!.replaceAll("sea", "air"), "shorter", texts[2]!, texts[3]!, "new"]);
      const source = await sourceOf([...texts, "old"]);
      const [memory] = await corpus.sources();
      const files = memory!.files.map((file) => (file.id === "document-4" ? { ...file, id: "document-5" } : file));
      const changed = Object.assign(corpus, { sources: async () => [{ ...memory!, files }] });
      const context = contextOf({}, { batchSource: source, corpus: changed }, true);
      await verifyData({}, [], context);
      expect(context.exitCode).to.equal(1);
      const { whole, problems } = JSON.parse(context.terminal.stdout.text);
      expect(whole).to.equal(false);
      expect(problems.map(({ file, problem }: Named<string>) => `${file}: ${problem}`)).to.satisfy((found: string[]) =>
        [
          /^document-0: its content changed: SHA-256 [0-9a-f]{12}…, and was/,
          /^document-1: it has 7 bytes, and had 81$/,
          /^document-4: it is gone$/,
          /^document-5: the manifest does not have it$/,
        ].every((expected, index) => expected.test(found[index] ?? "")),
      );
      expect(problems).to.have.length(4);
    });
  });

  describe("stats", () => {
    it("counts by source and split, with shares, licences, lengths and epochs", async () => {
      const context = contextOf();
      await showStats({}, [], context);
      const { text } = context.terminal.stdout;
      expect(text).to.match(/^whale +train +2 +560 +1\.00 +280 +512$/m);
      expect(text).to.match(/^all +train +4 +649 +1\.11 +162 +128$/m);
      expect(text).to.match(/^whale +2 +560 B +86\.3 % +3 \(75\.0 %\) +0 +CC0-1\.0$/m);
      expect(text).to.match(/^letters\ufffd\[2J +2 +162 B +13\.7 % +1 \(25\.0 %\) +0 +not known$/m);
      expect(text).to.match(/^≤ 128 +2 +█{30}\n≤ 512 +2 +█{30}$/m);
      // 162 sequences of 4 tokens, 2 a microBatch: 81 microBatches an epoch, of which 40 steps read 120.
      expect(text).to.match(/^run +40 steps, 1\.48 epochs$/m);
    });

    it("answers with the same as JSON, without epochs where the config names no model", async () => {
      const context = contextOf(withoutModel, {}, true);
      await showStats({}, [], context);
      const answer = JSON.parse(context.terminal.stdout.text);
      expect(answer).to.not.have.property("run");
      expect(answer.sources[0]).to.deep.include({ name: "whale", license: "CC0-1.0", weightShare: 0.75 });
      expect(answer.splits.train).to.deep.include({ documents: 4, tokens: 649, medianAtMost: 128 });
    });

    it("takes weights and licences from the corpus, which may have others by now", async () => {
      const source = await sourceOf();
      const corpus = new MemoryCorpus(texts, [{ name: "memory", weight: 9, license: "MIT" }]);
      const context = contextOf({}, { batchSource: source, corpus });
      await showStats({}, [], context);
      expect(context.terminal.stdout.text).to.match(/^memory +4 +722 B +100\.0 % +9 \(100\.0 %\) +0 +MIT$/m);
    });

    it("says why there are no epochs where the split is too short", async () => {
      const context = contextOf({ data: { type: "fake", texts: ["abc"] } });
      await showStats({}, [], context);
      expect(context.terminal.stdout.text).to.match(/^run +40 steps: The train split has 2 tokens/m);
    });
  });
});
