import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { CorpusPoint } from "codex-core";
import { createFromPlugin, describeCorpus, rejection, removeTemporaryFolders } from "codex-core/testing";
import plugin, { TextCorpus } from "codex-plugin-data-text";
import type { FoundFile } from "#src/sources/find-files.js";
import { firstInvalidByte } from "#src/sources/utf8.js";
import { createProject } from "./support/corpus-folder.js";

const { signal } = new AbortController();
const sizes = { chunkBytes: 5, partLength: 1000, lineLength: 1000, sliceBytes: 1000 };

const sourceOf = (files: readonly FoundFile[]) => ({ name: "text", weight: 1, files, textField: "text" });

const corpusOf = (project: string, ...names: string[]) =>
  new TextCorpus([sourceOf(names.map((name) => ({ id: name, path: join(project, name) })))], { signal, sizes });

const textsOf = async (corpus: TextCorpus) => {
  const texts: string[] = [];
  for await (const { text } of corpus.documents()) texts.push(text);
  return texts;
};

describeCorpus("text", async () => {
  const project = await createProject({ "b.txt": "second\n", "a.txt": "first, with a whale: 🐋" });
  const folders = { project, cache: join(project, ".cache") };
  return createFromPlugin(plugin, CorpusPoint, "text", { options: { paths: ["*.txt"] }, context: { folders } });
});

describe("TextCorpus", () => {
  afterEach(removeTemporaryFolders);

  it("decodes characters that lie across reads", async () => {
    const text = "aé€🐋".repeat(40);
    expect(await textsOf(corpusOf(await createProject({ "a.txt": text }), "a.txt"))).to.deep.equal([text]);
  });

  it("leaves out a byte order mark at the start, and nowhere else", async () => {
    const project = await createProject({ "a.txt": "\ufeffab\ufeffc" });
    expect(await textsOf(corpusOf(project, "a.txt"))).to.deep.equal(["ab\ufeffc"]);
  });

  it("makes CRLF into LF, also across reads, and keeps a lone CR", async () => {
    const project = await createProject({ "a.txt": "abcd\r\ne\rf\r\n" });
    expect(await textsOf(corpusOf(project, "a.txt"))).to.deep.equal(["abcd\ne\rf\n"]);
  });

  it("gives a long file in parts that end at lines and join to the whole", async () => {
    const text = Array.from({ length: 60 }, (_, line) => `line ${line} of a long file\n`).join("");
    const project = await createProject({ "a.txt": text });
    const corpus = new TextCorpus([sourceOf([{ id: "a.txt", path: join(project, "a.txt") }])], {
      signal,
      sizes: { ...sizes, chunkBytes: 64, partLength: 200 },
    });
    const parts: { id: string; text: string }[] = [];
    for await (const part of corpus.documents()) parts.push(part);
    expect(parts.map((part) => part.text).join("")).to.equal(text);
    expect(parts.slice(0, 3).map((part) => part.id)).to.deep.equal(["a.txt", "a.txt#part-2", "a.txt#part-3"]);
    expect(parts.every((part) => part.text.endsWith("\n") && part.text.length <= 200)).to.equal(true);
  });

  it("cuts a long line inside no character", async () => {
    const project = await createProject({ "a.txt": `a${"🐋".repeat(50)}` });
    const file = { id: "a.txt", path: join(project, "a.txt") };
    const texts = await textsOf(
      new TextCorpus([sourceOf([file])], { signal, sizes: { ...sizes, chunkBytes: 64, partLength: 10 } }),
    );
    expect(texts.join("")).to.equal(`a${"🐋".repeat(50)}`);
    expect(texts.length).to.be.greaterThan(9);
    for (const text of texts) expect(Buffer.from(text).toString()).to.equal(text);
  });

  for (const [what, bytes, offset] of [
    ["a stray byte", [0x61, 0xff, 0x62], 1],
    ["a byte after several reads", [...Array(23).fill(0x61), 0xc0, 0x61], 23],
    ["an overlong form", [0x61, 0x62, 0xe0, 0x80, 0x80], 2],
    ["an encoded surrogate", [0xed, 0xa0, 0x80], 0],
    ["a character cut off at the end", [0x61, 0x61, 0x61, 0x61, 0xf0, 0x9f, 0x90], 4],
    ["a code point beyond Unicode", [0xf4, 0x90, 0x80, 0x80], 0],
  ] as const) {
    it(`names file and offset of ${what}`, async () => {
      const project = await createProject({ "bad.txt": Uint8Array.from(bytes) });
      const error = await rejection(() => textsOf(corpusOf(project, "bad.txt")), "CODEX_DATA_INVALID_UTF8");
      expect(error.what).to.contain("bad.txt").and.contain(`offset ${offset}.`);
      expect(error.where).to.equal(`${join(project, "bad.txt")}, byte ${offset}`);
    });
  }

  it("recognises UTF-16", async () => {
    const project = await createProject({ "bad.txt": Buffer.from("\ufeffhello", "utf16le") });
    const error = await rejection(() => textsOf(corpusOf(project, "bad.txt")), "CODEX_DATA_INVALID_UTF8");
    expect(error.why).to.contain("UTF-16");
  });

  for (const [what, content] of [
    ["nothing", ""],
    ["a byte order mark alone", "\ufeff"],
    ["white space alone", " \n\t\r\n"],
  ] as const) {
    it(`refuses a file with ${what}`, async () => {
      const project = await createProject({ "ok.txt": "ok", "empty.txt": content });
      const error = await rejection(() => textsOf(corpusOf(project, "ok.txt", "empty.txt")), "CODEX_DATA_EMPTY");
      expect(error.where).to.equal(join(project, "empty.txt"));
    });
  }

  it("refuses a file that cannot be read", async () => {
    const project = await createProject({ "gone.txt": "x" });
    await mkdir(join(project, "folder"));
    const corpus = corpusOf(project, "gone.txt");
    await rm(join(project, "gone.txt"));
    const error = await rejection(() => textsOf(corpus), "CODEX_DATA_UNREADABLE");
    expect(error.what).to.contain("gone.txt");
    expect(error.fix).to.contain("that this user may read it");
    await rejection(() => textsOf(corpusOf(project, "folder")), "CODEX_DATA_UNREADABLE");
  });

  it("finds the same bytes invalid as the platform does", () => {
    for (let index = 0; index < 20_000; index++) {
      const bytes = Uint8Array.from(
        { length: 6 },
        (_, at) =>
          [0x41, 0x80, 0xbf, 0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0xa0, 0x90, 0xff][(index * 7919 + at * (index % 997)) % 11]!,
      );
      const valid = firstInvalidByte(bytes) === -1;
      expect(valid).to.equal(!Buffer.from(bytes).toString("utf8").includes("\ufffd"));
    }
  });
});
