import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { BatchSourcePoint, CorpusPoint, type Tokenizer } from "codex-core";
import { createFromPlugin, createTemporaryFolder, rejection, removeTemporaryFolders } from "codex-core/testing";
import plugin from "codex-plugin-data-text";
import { EncodePool } from "#src/encode/encode-pool.js";
import { createGate, createProject, createUnitTokenizer, numberedWords } from "../support/corpus-folder.js";

/** A tokenizer that threads can restore: its ids are UTF-16 units, and it fails on texts with `broken` in them. */
async function threadTokenizer(code = ""): Promise<Tokenizer & { readonly workerModule: string }> {
  const path = join(await createTemporaryFolder(), "restore.mjs");
  await writeFile(
    path,
    `export async function restoreTokenizer() {
      ${code}
      return { vocabSize: 0x10000, fingerprint: "units", encode: (text) => {
        if (text.includes("broken")) throw new Error("cannot encode this");
        return Uint32Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
      } };
    }`,
  );
  return { ...createUnitTokenizer(), workerModule: pathToFileURL(path).href };
}

const threadCount = () => process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length;

const newFolder = async () => join(await createTemporaryFolder(), "tokenizer");

describe("EncodePool", () => {
  afterEach(removeTemporaryFolders);

  it("encodes batches in several threads, each text apart", async () => {
    const pool = await EncodePool.start(await threadTokenizer(), 2, 2, await newFolder());
    try {
      const batches = Array.from({ length: 9 }, (_, batch) => [`a${batch}`, "", `bcd${batch}`]);
      const encoded = await Promise.all(batches.map((batch) => pool.encode(batch)));
      for (const [index, { tokens, lengths }] of encoded.entries()) {
        expect(String.fromCharCode(...tokens)).to.equal(batches[index]!.join(""));
        expect([...lengths]).to.deep.equal([2, 0, 4]);
      }
    } finally {
      await pool.dispose();
    }
  });

  for (const [what, code, texts, problem] of [
    ["a text fails", "", ["broken"], "cannot encode this"],
    ["the tokenizer cannot be restored", 'throw new Error("no vocabulary");', ["a"], "no vocabulary"],
    ["the thread ends", "process.exit(0);", ["a"], "the thread ended"],
    [
      "another tokenizer is restored",
      'return { vocabSize: 1, fingerprint: "x", encode: () => [] };',
      ["a"],
      "not the one",
    ],
  ] as const) {
    it(`tells when ${what}`, async () => {
      const pool = await EncodePool.start(await threadTokenizer(code), 2, 1, await newFolder());
      try {
        const error = await rejection(() => pool.encode(texts), "CODEX_DATA_ENCODE_FAILED");
        expect(error.what).to.contain(problem);
      } finally {
        await pool.dispose();
      }
    });
  }

  it("refuses texts once a thread has ended, and removes the tokenizer's folder", async () => {
    const folder = await newFolder();
    const pool = await EncodePool.start(await threadTokenizer("process.exit(0);"), 2, 1, folder);
    await rejection(() => pool.encode(["a"]), "CODEX_DATA_ENCODE_FAILED");
    await rejection(() => pool.encode(["b"]), "CODEX_DATA_ENCODE_FAILED");
    await pool.dispose();
    expect(existsSync(folder)).to.equal(false);
  });
});

describe("prepared data", () => {
  afterEach(removeTemporaryFolders);

  it("has the same bytes for any number of threads", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 8 }, (_, index) => [`${index}.txt`, numberedWords(index * 70_000, (index + 1) * 70_000)]),
    );
    const project = await createProject(files);
    const tokenizer = await threadTokenizer();
    const digests = new Set<string>();
    for (const workers of [0, 1, 2, 3]) {
      const context = { seed: 1, folders: { project, cache: join(project, `.cache-${workers}`) } };
      const settings = { options: { paths: ["*.txt"], workers }, context };
      const corpus = await createFromPlugin(plugin, CorpusPoint, "text", settings);
      const dependencies = { corpus, tokenizer, safety: createGate() };
      const source = await createFromPlugin(plugin, BatchSourcePoint, "text", { ...settings, dependencies });
      const { folder } = await source.prepare!();
      const hash = createHash("sha256");
      for (const name of (await readdir(folder)).sort()) hash.update(name).update(await readFile(join(folder, name)));
      digests.add(hash.digest("hex"));
    }
    expect(digests.size).to.equal(1);
  }).timeout(30_000);

  it("leaves no file, folder or thread behind when it is stopped amid its work", async () => {
    const project = await createProject({ "a.txt": numberedWords(0, 900_000), "b.txt": numberedWords(0, 9) });
    const stop = new AbortController();
    const cache = join(project, ".cache");
    const context = { seed: 1, signal: stop.signal, folders: { project, cache } };
    const settings = { options: { paths: ["*.txt"], workers: 2 }, context };
    const corpus = await createFromPlugin(plugin, CorpusPoint, "text", settings);
    const dependencies = { corpus, tokenizer: await threadTokenizer(), safety: createGate() };
    const source = await createFromPlugin(plugin, BatchSourcePoint, "text", { ...settings, dependencies });
    const prepared = source.prepare!(() => {
      if (threadCount() === 2) stop.abort();
    });
    const error = await prepared.catch((reason: unknown) => reason);
    expect(error).to.have.property("name", "AbortError");
    expect(threadCount()).to.equal(0);
    expect(await readdir(join(cache, "tokens"))).to.deep.equal([]);
  }).timeout(30_000);
});
