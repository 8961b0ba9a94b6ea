import { mkdir, readdir, readFile, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import {
  BatchSourcePoint,
  type Corpus,
  CorpusPoint,
  type Disposable,
  type SafetyGate,
  type Split,
  type Tokenizer,
} from "codex-core";
import { createFromPlugin, describeBatchSource, rejection, removeTemporaryFolders } from "codex-core/testing";
import plugin from "codex-plugin-data-text";
import { type DataManifest, digestOf } from "#src/prepared/data-manifest.js";
import { createGate, createProject, createUnitTokenizer, numberedWords } from "./support/corpus-folder.js";

interface Setting {
  options?: object;
  tokenizer?: Tokenizer;
  safety?: SafetyGate;
  seed?: number;
}

const made: Disposable[] = [];

async function sourceOf(project: string, { options, tokenizer, safety, seed = 1 }: Setting = {}) {
  const settings = {
    options: { paths: ["*.txt"], shuffle: false, ...options },
    context: { seed, folders: { project, cache: join(project, ".cache") } },
  };
  const corpus: Corpus = await createFromPlugin(plugin, CorpusPoint, "text", settings);
  const dependencies = { corpus, tokenizer: tokenizer ?? createUnitTokenizer(), safety: safety ?? createGate() };
  const source = await createFromPlugin(plugin, BatchSourcePoint, "text", { ...settings, dependencies });
  made.push(source as Disposable & typeof source);
  return source;
}

/** Closes what the tests opened. */
async function disposeAll(): Promise<void> {
  await Promise.all(made.splice(0).map((source) => source.dispose()));
}

afterEach(disposeAll);

/** All text of a split, as the unit tokenizer's ids tell it; empty when the split is too short. */
async function textOf(project: string, split: Split, setting: Setting = {}): Promise<string> {
  const source = await sourceOf(project, setting);
  try {
    const reader = await source.open(split, { microBatch: 1, contextLength: 1 });
    let text = "";
    for (let position = 0; position < reader.microBatchesPerEpoch; position++) {
      const { tokenIds, targetIds } = await reader.read(position);
      text += String.fromCharCode(...(position === 0 ? [tokenIds![0]!] : []), targetIds![0]!);
    }
    return text;
  } catch (error) {
    if ((error as { code?: string }).code === "CODEX_DATA_SPLIT_TOO_SHORT") return "";
    throw error;
  }
}

const numbered = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${index}.txt`, `<document ${index}>`]));
const namesIn = (text: string) => text.match(/<document \d+>/g) ?? [];

for (const split of ["documents", "tails"]) {
  describeBatchSource(
    `text, split by ${split}`,
    async () => {
      const files = Object.fromEntries(
        Array.from({ length: 20 }, (_, index) => [`${index}.txt`, numberedWords(index * 20, index * 20 + 20)]),
      );
      return sourceOf(await createProject(files), { options: { split, validationFraction: 0.3 } });
    },
    {
      vocabSize: 0x10000,
      createWithSeed: async (seed) => {
        const project = await createProject({ "a.txt": numberedWords(0, 300) });
        return sourceOf(project, { seed, options: { split: "tails", shuffle: true } });
      },
    },
  );
}

describe("TextBatchSource", () => {
  afterEach(removeTemporaryFolders);

  it("puts each document in one split, and moves none when one is added", async () => {
    const options = { validationFraction: 0.3 };
    const project = await createProject(numbered(30));
    const before = [
      namesIn(await textOf(project, "train", { options })),
      namesIn(await textOf(project, "validation", { options })),
    ];
    expect([...before[0]!, ...before[1]!]).to.have.length(30);
    expect(before[1]!.length).to.be.within(3, 16);
    await writeFile(join(project, "0a.txt"), "<document 99>");
    const after = [
      namesIn(await textOf(project, "train", { options })),
      namesIn(await textOf(project, "validation", { options })),
    ];
    expect(after[0]).to.include.members(before[0]!);
    expect(after[1]).to.include.members(before[1]!);
  });

  it("splits by content, not by name", async () => {
    const options = { validationFraction: 0.5 };
    const one = await createProject({ "a.txt": "alpha", "b.txt": "beta", "c.txt": "gamma", "d.txt": "delta" });
    const two = await createProject({ "d.txt": "alpha", "c.txt": "beta", "b.txt": "gamma", "a.txt": "delta" });
    const words = async (project: string) => (await textOf(project, "validation", { options })).split("\n\n").sort();
    expect(await words(one)).to.deep.equal(await words(two));
  });

  it("cuts a single text at an empty line near the asked share", async () => {
    const paragraphs = Array.from({ length: 40 }, (_, index) => `paragraph ${index}\nand more of it`);
    const project = await createProject({ "a.txt": paragraphs.join("\n\n") });
    const [train, validation] = [await textOf(project, "train"), await textOf(project, "validation")];
    expect(train + validation).to.equal(paragraphs.join("\n\n"));
    expect(validation).to.match(/^paragraph 3[56]\n/);
  });

  it("holds out the end of each document when asked to", async () => {
    const project = await createProject({ "a.txt": `${"a".repeat(9)} A`, "b.txt": `${"b".repeat(9)} B` });
    const options = { split: "tails", separator: "|" };
    expect(await textOf(project, "train", { options })).to.equal("aaaaaaaaa |bbbbbbbbb ");
    expect(await textOf(project, "validation", { options })).to.equal("A|B");
  });

  it("holds out validationPaths, also where paths name them", async () => {
    const project = await createProject({ "a.txt": "alpha", "b.txt": "beta", "held.txt": "gamma" });
    const options = { validationPaths: ["held.txt"] };
    expect(await textOf(project, "train", { options })).to.equal("alpha\n\nbeta");
    expect(await textOf(project, "validation", { options })).to.equal("gamma");
  });

  it("puts the tokenizer's end-of-sequence token between documents, or the separator asked for", async () => {
    const project = await createProject({ "a.txt": "alpha", "b.txt": "beta" });
    const tokenizer = createUnitTokenizer({ special: { eos: 36 }, fingerprint: "eos" });
    const none = { validationFraction: 0 };
    expect(await textOf(project, "train", { tokenizer, options: none })).to.equal("alpha$beta");
    expect(await textOf(project, "train", { tokenizer, options: { ...none, separator: "" } })).to.equal("alphabeta");
  });

  it("keeps tokens of texts that a filter failed to look at from later runs", async () => {
    const project = await createProject(numbered(20));
    const options = { validationFraction: 0.3 };
    let fingerprint = "strict";
    const failing = { ...createGate(), inspect: createGate().inspect };
    Object.defineProperty(failing, "fingerprint", { get: () => fingerprint });
    failing.inspect = (texts, ...rest) => {
      fingerprint = "loose";
      return createGate().inspect(texts, ...rest);
    };
    expect(await textOf(project, "train", { options, safety: failing })).to.include("document");
    const strict = { ...createGate((text) => text.replace("document", "redacted")), fingerprint: "strict" };
    expect(await textOf(project, "train", { options, safety: strict })).to.not.include("document");
  });

  it("uses text as the safety filters leave it, and splits by it as it was", async () => {
    const project = await createProject(numbered(20));
    const options = { validationFraction: 0.3 };
    const before = namesIn(await textOf(project, "validation", { options }));
    const safety = createGate((text) => (text.includes("7") ? undefined : text.replace("document", "redacted")));
    const after = await textOf(project, "validation", { options, safety: { ...safety, fingerprint: "strict" } });
    const expected = before.filter((name) => !name.includes("7")).map((name) => name.replace("document", "redacted"));
    expect(after.split("\n\n")).to.deep.equal(expected);
  });

  it("tells how to hold out something when the digests hold out nothing", async () => {
    const project = await createProject({ "a.txt": "one text", "b.txt": "another text" });
    const shape = { microBatch: 1, contextLength: 4 };
    const source = await sourceOf(project, { options: { validationFraction: 0.0001 } });
    const error = await rejection(() => source.open("validation", shape), "CODEX_DATA_SPLIT_TOO_SHORT");
    expect(error.what).to.contain("validation split has 0 tokens");
    expect(error.where).to.equal("data: a.txt and 1 more");
    const [, fraction] = /validationFraction=([\d.]+\d)/.exec(error.fix!)!;
    const fixed = await sourceOf(project, { options: { validationFraction: Number(fraction) } });
    expect((await fixed.open("validation", shape)).tokenCount).to.be.greaterThan(4);
  });

  it("names a text that is too short, and what to do", async () => {
    const source = await sourceOf(await createProject({ "short.txt": "hi" }));
    const error = await rejection(
      () => source.open("train", { microBatch: 1, contextLength: 64 }),
      "CODEX_DATA_SPLIT_TOO_SHORT",
    );
    expect(error.where).to.equal("data: short.txt");
    expect(error.fix).to.contain("contextLength");
  });

  it("tells what was prepared, and whether that call did it", async () => {
    const project = await createProject({ "a.txt": "alpha", "b.txt": "beta and more" });
    const options = { validationPaths: ["b.txt"] };
    const progress: number[] = [];
    const prepare = async () =>
      (await sourceOf(project, { options })).prepare!(({ documents }) => progress.push(documents));
    const { made, manifest, folder } = await prepare();
    expect([made, progress]).to.deep.equal([true, [2]]);
    const { sources } = manifest as unknown as DataManifest;
    expect(sources.text).to.deep.include({ dropped: 0 });
    expect(sources.text!.splits).to.deep.equal({
      train: { documents: 1, tokens: 5, characters: 5, lengths: { 8: 1 } },
      validation: { documents: 1, tokens: 13, characters: 13, lengths: { 16: 1 } },
    });
    expect(sources.text!.files.map(({ id, sizeBytes }) => [id, sizeBytes])).to.deep.equal([
      ["b.txt", 13],
      ["a.txt", 5],
    ]);
    expect(await prepare()).to.deep.include({ made: false, manifest, folder });
  });

  it("keeps the dataset's name out of the manifest, which serves configs that have another", async () => {
    const project = await createProject({ "a.txt": "alpha" });
    const prepare = async (options: object) => (await sourceOf(project, { options })).prepare!();
    const first = await prepare({ dataset: "letters@1" });
    expect(first.manifest).to.not.have.property("dataset");
    expect(await prepare({ dataset: "other@2" })).to.deep.equal({ ...first, made: false });
    const { digest: _, ...manifest } = first.manifest as unknown as DataManifest;
    const old = { ...manifest, dataset: "letters@1" };
    await writeFile(join(first.folder, "manifest.json"), JSON.stringify({ ...old, digest: digestOf(old) }));
    const again = await prepare({ dataset: "other@2" });
    expect(again.made).to.equal(false);
    expect(again.manifest).to.not.have.property("dataset");
  });

  it("has a fingerprint that changes with all that can change a batch, and nothing else", async () => {
    const project = await createProject(numbered(4));
    const fingerprint = async (setting: Setting) => (await sourceOf(project, setting)).fingerprint;
    const base = await fingerprint({});
    expect(await fingerprint({ seed: 2 })).to.equal(base);
    const others = [
      await fingerprint({ options: { shuffle: true } }),
      await fingerprint({ options: { shuffle: true }, seed: 2 }),
      await fingerprint({ options: { validationFraction: 0.2 } }),
      await fingerprint({ options: { split: "tails" } }),
      await fingerprint({ options: { separator: "" } }),
      await fingerprint({ tokenizer: createUnitTokenizer({ fingerprint: "other" }) }),
      await fingerprint({ safety: { ...createGate(), fingerprint: "other" } }),
      await fingerprint({ options: { validationPaths: ["1.txt"] } }),
      await fingerprint({ options: { rows: "packed" } }),
    ];
    expect(new Set([base, ...others]).size).to.equal(10);
    expect(await fingerprint({ options: { workers: 0 } })).to.equal(base);
    await writeFile(join(project, "1.txt"), "changed");
    expect(await fingerprint({})).not.to.equal(base);
  });

  describe("cache", () => {
    const options = { split: "tails" };
    const none = { validationFraction: 0 };
    const cacheOf = async (project: string) => {
      const tokens = join(project, ".cache", "tokens");
      const names = await readdir(tokens);
      return { names, folder: join(tokens, names[0]!) };
    };

    it("tokenizes once, and with another tokenizer again", async () => {
      const project = await createProject({ "a.txt": numberedWords(0, 50) });
      let encoded = 0;
      const tokenizer = createUnitTokenizer();
      const encode = (text: string) => {
        encoded++;
        return tokenizer.encode(text);
      };
      const counting = { ...tokenizer, encode };
      const first = await textOf(project, "train", { options, tokenizer: counting });
      const calls = encoded;
      expect(await textOf(project, "train", { options, tokenizer: counting })).to.equal(first);
      expect(encoded - calls).to.equal(1);
      await textOf(project, "train", { options, tokenizer: { ...counting, fingerprint: "other" } });
      expect((await cacheOf(project)).names).to.have.length(2);
    });

    it("takes two bytes a token for small vocabularies and four for large ones", async () => {
      const project = await createProject({ "a.txt": "abcdefghij" });
      const large = createUnitTokenizer({ vocabSize: 0x10001, fingerprint: "large" });
      const options = { validationFraction: 0 };
      expect(await textOf(project, "train", { options })).to.equal("abcdefghij");
      expect(await readFile(join((await cacheOf(project)).folder, "text-train-00000.bin"))).to.have.length(20);
      await rm(join(project, ".cache"), { recursive: true });
      expect(await textOf(project, "train", { options, tokenizer: large })).to.equal("abcdefghij");
      expect(await readFile(join((await cacheOf(project)).folder, "text-train-00000.bin"))).to.have.length(40);
    });

    it("may be filled by several at once, and leaves nothing temporary", async () => {
      const project = await createProject({ "a.txt": numberedWords(0, 200) });
      const texts = await Promise.all([1, 2, 3, 4].map(() => textOf(project, "train", { options })));
      expect(new Set(texts).size).to.equal(1);
      expect((await cacheOf(project)).names).to.have.length(1);
    });

    it("removes what others left half done long ago, and leaves what is being made", async () => {
      const project = await createProject({ "a.txt": numberedWords(0, 20) });
      const tokens = join(project, ".cache", "tokens");
      const longAgo = new Date(Date.now() - 48 * 3600 * 1000);
      for (const name of ["old.1-aa.tmp", "busy.2-bb.tmp"]) {
        await mkdir(join(tokens, name), { recursive: true });
        await writeFile(join(tokens, name, "train.bin"), "");
        await utimes(join(tokens, name), longAgo, longAgo);
      }
      await utimes(join(tokens, "old.1-aa.tmp", "train.bin"), longAgo, longAgo);
      await textOf(project, "train", { options });
      expect((await readdir(tokens)).filter((name) => name.endsWith(".tmp"))).to.deep.equal(["busy.2-bb.tmp"]);
    });

    for (const [what, damage] of [
      ["a cut file", (folder: string) => truncate(join(folder, "text-train-00000.bin"), 10)],
      ["a missing file", (folder: string) => rm(join(folder, "text-validation.starts"))],
      ["a broken manifest", (folder: string) => writeFile(join(folder, "manifest.json"), "{")],
    ] as const) {
      it(`is made again after ${what}`, async () => {
        const project = await createProject({ "a.txt": numberedWords(0, 50) });
        const first = await textOf(project, "train", { options });
        await damage((await cacheOf(project)).folder);
        expect(await textOf(project, "train", { options })).to.equal(first);
        expect((await cacheOf(project)).names).to.have.length(1);
      });
    }

    it("gives no id that the vocabulary lacks", async () => {
      const project = await createProject({ "a.txt": "ab" });
      const small = createUnitTokenizer({ vocabSize: 98 });
      await rejection(() => textOf(project, "train", { options, tokenizer: small }), "CODEX_DATA_TOKEN_RANGE");
    });

    it("refuses tokens that are not those that were written", async () => {
      const project = await createProject({ "a.txt": "abcdefgh" });
      await textOf(project, "train", { options: none });
      const path = join((await cacheOf(project)).folder, "text-train-00000.bin");
      const bytes = await readFile(path);
      bytes[4] = 0x61;
      await writeFile(path, bytes);
      const error = await rejection(() => textOf(project, "train", { options: none }), "CODEX_DATA_DAMAGED");
      expect(error.where).to.equal(path);
      const source = await sourceOf(project, { options: none });
      expect(await source.verify!()).to.deep.equal([
        {
          file: "text-train-00000.bin",
          problem: "its bytes are not those that were written",
          folder: (await cacheOf(project)).folder,
        },
      ]);
    });

    for (const [rows, file] of [
      ["packed", "16"],
      ["padded", "8"],
    ] as const) {
      it(`finds damaged indexes of ${rows} rows, which the manifest does not list`, async () => {
        const project = await createProject(numbered(30));
        const setting = { options: { rows, validationFraction: 0.3 } };
        await (await sourceOf(project, setting)).open("train", { microBatch: 1, contextLength: 16 });
        const verify = async () => (await sourceOf(project, setting)).verify!();
        expect(await verify()).to.deep.equal([]);
        const name = `text-train-${rows}-16`;
        const folder = join((await cacheOf(project)).folder, "rows", name);
        const path = join(folder, file);
        const bytes = await readFile(path);
        const known = { file: `rows/${name}/${file}`, folder };
        await writeFile(path, Buffer.concat([bytes, Buffer.of(0)]));
        expect(await verify()).to.deep.equal([{ ...known, problem: "its bytes are not those that were written" }]);
        await writeFile(path, bytes);
        await rm(`${path}.crc32`);
        const [problem, ...others] = await verify();
        expect(problem).to.include(known).and.have.property("problem").that.includes("ENOENT");
        expect(others).to.deep.equal([]);
        await rm(path);
        expect(await verify()).to.have.length(1);
        await rm(folder, { recursive: true });
        expect(await verify()).to.deep.equal([]);
      });
    }

    it("finds a changed bit in an index of rows", async () => {
      const project = await createProject({ "a.txt": numberedWords(0, 50) });
      const setting = { options: { rows: "packed", validationFraction: 0 } };
      await (await sourceOf(project, setting)).open("train", { microBatch: 1, contextLength: 8 });
      const path = join((await cacheOf(project)).folder, "rows/text-train-packed-8/8");
      const bytes = await readFile(path);
      bytes[3]! ^= 4;
      await writeFile(path, bytes);
      expect(await (await sourceOf(project, setting)).verify!()).to.have.length(1);
    });

    it("keeps nothing of a corpus that changed under its hands", async () => {
      const project = await createProject({ "a.txt": "before", "b.txt": "also" });
      const tokenizer = createUnitTokenizer();
      const source = await sourceOf(project, { tokenizer });
      await writeFile(join(project, "b.txt"), "after");
      await rejection(() => source.open("train", { microBatch: 1, contextLength: 1 }), "CODEX_DATA_CHANGED");
      expect((await readdir(join(project, ".cache", "tokens"))).length).to.equal(0);
    });
  });
});
