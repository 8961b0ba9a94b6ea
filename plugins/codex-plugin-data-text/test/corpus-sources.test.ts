import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { rejection, removeTemporaryFolders } from "codex-core/testing";
import { TextCorpus, type TextSource } from "#src/sources/text-corpus.js";
import { createProject } from "./support/corpus-folder.js";

const { signal } = new AbortController();
const sha256 = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");
const longAgo = new Date(Date.now() - 3600_000);

function sourceOf(project: string, names: readonly string[], settings: Partial<TextSource> = {}): TextSource {
  const files = names.map((name) => ({ id: name, path: join(project, name) }));
  return { name: "text", weight: 1, textField: "text", files, ...settings };
}

const corpusOf = (project: string, ...sources: readonly TextSource[]) =>
  new TextCorpus(sources, { signal, cacheFolder: join(project, ".cache") });

describe("TextCorpus's sources", () => {
  afterEach(removeTemporaryFolders);

  it("are its files with their sizes and digests, and what is known of them", async () => {
    const project = await createProject({ "a.txt": "first", "b.txt": "second" });
    const known = { license: "CC0-1.0", homepage: "https://example.org" };
    expect(await corpusOf(project, sourceOf(project, ["b.txt", "a.txt"], known)).sources()).to.deep.equal([
      {
        ...{ name: "text", weight: 1 },
        ...known,
        files: [
          { id: "b.txt", sizeBytes: 6, sha256: sha256("second") },
          { id: "a.txt", sizeBytes: 5, sha256: sha256("first") },
        ],
      },
    ]);
  });

  it("are told apart by their documents, which may come from one file", async () => {
    const project = await createProject({ "a.jsonl": '{"text":"one","other":"two"}' });
    const parts = [
      sourceOf(project, ["a.jsonl"], { name: "left" }),
      sourceOf(project, ["a.jsonl"], { name: "right", textField: "other" }),
    ];
    const documents = [];
    for await (const document of corpusOf(project, ...parts).documents()) documents.push(document);
    expect(documents).to.deep.equal([
      { id: "left:a.jsonl#line-1", text: "one", source: "left", fileId: "a.jsonl" },
      { id: "right:a.jsonl#line-1", text: "two", source: "right", fileId: "a.jsonl" },
    ]);
  });
});

describe("TextCorpus's fingerprint", () => {
  afterEach(removeTemporaryFolders);

  it("depends on bytes, ids, order, names and textField, and on nothing else", async () => {
    const project = await createProject({ "a.txt": "a\nb", "b.txt": "a\r\nb", "copy/a.txt": "a\nb" });
    const of = (names: string[], settings?: Partial<TextSource>) =>
      corpusOf(project, sourceOf(project, names, settings)).fingerprint();
    const base = await of(["a.txt", "b.txt"]);
    const known = { weight: 2, license: "MIT", homepage: "https://example.org" };
    expect(await of(["a.txt", "b.txt"], known)).to.equal(base);
    const copy = [{ id: "a.txt", path: join(project, "copy/a.txt") }];
    expect(await of([], { files: copy })).to.equal(await of(["a.txt"]));
    const others = [
      await of(["a.txt"]),
      await of(["b.txt", "a.txt"]),
      await of(["copy/a.txt", "b.txt"]),
      await of(["a.txt", "b.txt"], { name: "other" }),
      await of(["a.txt", "b.txt"], { textField: "body" }),
      await corpusOf(project, sourceOf(project, ["a.txt"]), sourceOf(project, ["b.txt"], { name: "b" })).fingerprint(),
    ];
    expect(new Set([base, ...others]).size).to.equal(others.length + 1);
  });

  it("needs no parsing, and notices a file that changes between two calls", async () => {
    const project = await createProject({ "a.jsonl": "no JSON at all" });
    const corpus = corpusOf(project, sourceOf(project, ["a.jsonl"]));
    const before = await corpus.fingerprint();
    await writeFile(join(project, "a.jsonl"), "no JSON either");
    expect(await corpus.fingerprint()).not.to.equal(before);
  });

  it("names a file that is gone", async () => {
    const project = await createProject({ "a.txt": "a" });
    const error = await rejection(
      () => corpusOf(project, sourceOf(project, ["gone.txt"])).fingerprint(),
      "CODEX_DATA_UNREADABLE",
    );
    expect(error.what).to.contain("gone.txt");
  });

  it("stops when it is told to", async () => {
    const project = await createProject({ "a.txt": "a" });
    const corpus = new TextCorpus([sourceOf(project, ["a.txt"])], { signal: AbortSignal.abort(new Error("stop")) });
    expect(await corpus.fingerprint().catch((error) => error.message)).to.equal("stop");
  });
});

describe("digests of large files", () => {
  const large = Buffer.alloc(2 ** 20, "a line of text\n");

  async function largeFile() {
    const project = await createProject({ "large.txt": large, "small.txt": "small" });
    const path = join(project, "large.txt");
    const digests = join(project, ".cache", "file-digests");
    const digest = async () =>
      (await corpusOf(project, sourceOf(project, ["large.txt"])).sources())[0]!.files[0]!.sha256;
    return { project, path, digests, digest };
  }

  /** Makes what is remembered of the only file say another digest, so that a test sees whether it is used. */
  async function forge(digests: string): Promise<void> {
    const [name] = await readdir(digests);
    const remembered = JSON.parse(await readFile(join(digests, name!), "utf8"));
    await writeFile(join(digests, name!), JSON.stringify({ ...remembered, sha256: "0".repeat(64) }));
  }

  /** Waits until a file that was just written counts as settled: nothing can set its ctime back. */
  const settle = () => new Promise((resolve) => setTimeout(resolve, 2100));

  afterEach(removeTemporaryFolders);

  it("are remembered, but not of small files, once the file is settled and until it changes in size, time or inode", async () => {
    const { project, path, digests, digest } = await largeFile();
    expect(await digest()).to.equal(sha256(large));
    expect(await readdir(digests).catch(() => [])).to.deep.equal([]);
    await utimes(path, longAgo, longAgo);
    await digest();
    expect(await readdir(digests).catch(() => []), "its ctime is of now").to.deep.equal([]);
    await settle();
    await corpusOf(project, sourceOf(project, ["small.txt"])).sources();
    expect(await readdir(digests).catch(() => []), "small files are not remembered").to.deep.equal([]);
    expect(await digest()).to.equal(sha256(large));
    expect(await readdir(digests)).to.have.length(1);
    await forge(digests);
    expect(await digest(), "the remembered one is used").to.equal("0".repeat(64));
    const changed = Buffer.from(large);
    changed[77]! ^= 1;
    await writeFile(path, changed);
    await utimes(path, longAgo, longAgo);
    expect(await digest(), "size and mtime are as before").to.equal(sha256(changed));
  });

  it("are taken anew from whatever is damaged in the cache, which may be no folder at all", async () => {
    const { project, digests, digest } = await largeFile();
    await settle();
    await digest();
    const [name] = await readdir(digests);
    for (const content of ["", "{", "[]", '{"sha256":"00"}', Buffer.alloc(9)]) {
      await writeFile(join(digests, name!), content);
      expect(await digest()).to.equal(sha256(large));
    }
    await rm(digests, { recursive: true });
    await writeFile(digests, "a file where the folder should be");
    expect(await digest()).to.equal(sha256(large));
    await rm(join(project, ".cache"), { recursive: true });
    await mkdir(digests, { recursive: true });
    expect(await Promise.all([digest(), digest(), digest()])).to.deep.equal(Array(3).fill(sha256(large)));
    expect(await readdir(digests)).to.deep.equal([name]);
  });
});
