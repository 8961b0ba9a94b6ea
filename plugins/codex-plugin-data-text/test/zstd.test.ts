import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { rejection, removeTemporaryFolders } from "codex-core/testing";
import xxhash from "xxhash-wasm";
import type { FoundFile } from "#src/sources/find-files.js";
import { readBytes } from "#src/sources/read-bytes.js";
import { createProject } from "./support/corpus-folder.js";
import { readDocuments as read } from "./support/read-documents.js";

const fixture = (name: string) => readFile(fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url)));

interface FrameSettings {
  readonly contentSize?: number;
  readonly window?: number;
  readonly checksum?: number;
  readonly flags?: number;
}

/** A frame of uncompressed blocks, as RFC 8878 says in section 3.1.1. */
function frameOf(blocks: readonly string[], { contentSize, window = 0x58, checksum, flags = 0 }: FrameSettings = {}) {
  const descriptor = (contentSize === undefined ? 0 : 0x80) | (checksum === undefined ? 0 : 4) | flags;
  const parts = [Buffer.of(0x28, 0xb5, 0x2f, 0xfd, descriptor, window)];
  const number = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  if (contentSize !== undefined) parts.push(number(contentSize));
  for (const [index, block] of blocks.entries()) {
    const isLast = index === blocks.length - 1 ? 1 : 0;
    parts.push(number((Buffer.byteLength(block) << 3) | isLast).subarray(0, 3), Buffer.from(block));
  }
  if (checksum !== undefined) parts.push(number(checksum));
  return Buffer.concat(parts);
}

const checksumOf = async (text: string) => Number((await xxhash()).h64(text) & 0xffffffffn);
const skippable = Buffer.of(0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);
const textOf = async (content: Uint8Array) => (await read("a.txt.zst", content)).map(({ text }) => text).join("");
const bytesOf = async (file: FoundFile) => {
  let bytes = 0;
  for await (const chunk of readBytes(file, 2 ** 20)) bytes += chunk.length;
  return bytes;
};
const problemOf = async (content: Uint8Array) => {
  const error = await rejection(() => textOf(content), "CODEX_DATA_UNREADABLE");
  expect(error.what).to.contain("a.txt.zst cannot be decompressed: ");
  return error.what;
};

describe("Zstandard", () => {
  afterEach(removeTemporaryFolders);

  for (const name of ["checksum.jsonl.zst", "bare.jsonl.zst", "frames.jsonl.zst"]) {
    it(`is decompressed as the reference wrote ${name}`, async () => {
      const texts = (await read(name, await fixture(name))).map(({ text }) => text);
      expect(texts).to.deep.equal(
        Array.from({ length: 10_000 }, (_, index) => `line ${index % 31} of ${(index * index) % 101}`),
      );
    });
  }

  it("passes skippable and empty frames over, and joins the others", async () => {
    const frames = [skippable, frameOf(["one, ", "two"]), skippable, frameOf([""]), frameOf([", three"]), skippable];
    expect(await textOf(Buffer.concat(frames))).to.equal("one, two, three");
    expect((await rejection(() => textOf(skippable), "CODEX_DATA_EMPTY")).what).to.contain("holds no text");
    expect((await rejection(() => textOf(Buffer.of()), "CODEX_DATA_EMPTY")).what).to.contain("holds no text");
  });

  it("may be of every format that .gz may be of", async () => {
    expect(await read("a.csv.zst", frameOf(["text\n", "b\n"]))).to.deep.equal([{ id: "a.csv.zst#row-1", text: "b" }]);
    expect(await read("a.TSV.ZST", frameOf(["n\ttext\n", "1\tb\n"]))).to.deep.equal([
      { id: "a.TSV.ZST#row-1", text: "b" },
    ]);
  });

  it("compares checksums and sizes", async () => {
    const text = "a text";
    const checksum = await checksumOf(text);
    expect(await textOf(frameOf(["a ", "text"], { checksum, contentSize: 6 }))).to.equal(text);
    expect(await problemOf(frameOf([text], { checksum: (checksum ^ 1) >>> 0 }))).to.contain("checksum differs");
    expect(await problemOf(frameOf([text], { contentSize: 7 }))).to.contain("holds less");
    expect(await problemOf(frameOf([text], { contentSize: 5 }))).to.contain("holds more");
  });

  it("refuses each file that is cut off", async () => {
    const whole = Buffer.concat([skippable, frameOf(["some ", "text"], { checksum: await checksumOf("some text") })]);
    expect(await textOf(whole)).to.equal("some text");
    for (let length = 1; length < whole.length; length++) {
      if (length === skippable.length) continue;
      expect(await problemOf(whole.subarray(0, length)), `${length}`).to.contain("ends too early");
    }
  });

  it("notices a changed bit anywhere in a frame with a checksum", async () => {
    const whole = await fixture("checksum.jsonl.zst");
    const project = await createProject({ "a.zst": whole });
    const file = { id: "a.zst", path: join(project, "a.zst") };
    for (let at = 0; at < whole.length; at += 61) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1 << (at % 8);
      await writeFile(file.path, damaged);
      await rejection(() => bytesOf(file), "CODEX_DATA_UNREADABLE");
    }
  });

  it("says what it cannot decompress", async () => {
    expect(await problemOf(Buffer.from("no frame"))).to.contain("no Zstandard frame begins");
    expect(await problemOf(Buffer.concat([frameOf(["a"]), Buffer.from("rest")]))).to.contain("no Zstandard frame");
    expect(await problemOf(frameOf(["a"], { window: 0x80 }))).to.contain("a window of 64 MiB, and at most 32");
    expect(await problemOf(frameOf(["a"], { flags: 8 }))).to.contain("reserved bit");
    expect(await problemOf(frameOf(["a"], { flags: 1 }))).to.contain("dictionary");
    expect(await problemOf(frameOf(["a".repeat(2 ** 17 + 1)]))).to.contain("larger than blocks may be");
  });

  it("says what to do about a window that is too wide, and about damage", async () => {
    const errorOf = (content: Uint8Array) => rejection(() => textOf(content), "CODEX_DATA_UNREADABLE");
    expect((await errorOf(frameOf(["a"], { window: 0x80 }))).fix).to.contain("a level of at most 19");
    expect((await errorOf(frameOf(["a"], { flags: 8 }))).fix).to.contain("Get the file again");
  });

  it("gives a large content block by block, and can be left in the middle", async () => {
    const repeated = Buffer.of(0x02, 0x00, 0x10, 0x61);
    const bomb = Buffer.concat([frameOf([]), ...Array(2 ** 16).fill(repeated), Buffer.of(0x01, 0, 0)]);
    const project = await createProject({ "a.txt.zst": bomb });
    const file = { id: "a.txt.zst", path: join(project, "a.txt.zst") };
    let bytes = 0;
    for await (const chunk of readBytes(file, 2 ** 20)) {
      expect(chunk.length).to.equal(2 ** 17);
      bytes += chunk.length;
      if (bytes > 2 ** 24) break;
    }
  });
});
