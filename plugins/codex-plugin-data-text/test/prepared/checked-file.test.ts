import { appendFile, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, rejection, removeTemporaryFolders } from "codex-core/testing";
import { BlockCache } from "#src/prepared/block-cache.js";
import { CheckedFile } from "#src/prepared/checked-file.js";
import { blockBytes, CheckedWriter, checksumsOf } from "#src/prepared/checked-writer.js";

const bytesOf = (length: number) => Uint8Array.from({ length }, (_, index) => (index * 7919) >>> 3);

async function written(bytes: Uint8Array, pieceBytes: number): Promise<string> {
  const path = join(await createTemporaryFolder(), "data.bin");
  const writer = await CheckedWriter.create(path);
  for (let at = 0; at < bytes.length; at += pieceBytes) await writer.append(bytes.subarray(at, at + pieceBytes));
  await writer.finish();
  return path;
}

async function read(path: string, start: number, count: number): Promise<Uint8Array> {
  const file = await CheckedFile.open(path, new BlockCache());
  try {
    return Uint8Array.from(await file.read(start, count));
  } finally {
    await file.close();
  }
}

describe("CheckedFile", () => {
  afterEach(removeTemporaryFolders);

  for (const length of [1, blockBytes - 1, blockBytes, blockBytes + 1, 3 * blockBytes + 5]) {
    it(`reads ${length} bytes from any place, however they were written`, async () => {
      const bytes = bytesOf(length);
      for (const pieceBytes of [1000, blockBytes, length]) {
        const path = await written(bytes, pieceBytes);
        expect(await readFile(path)).to.deep.equal(Buffer.from(bytes));
        for (const [start, count] of [
          [0, length],
          [0, 1],
          [length - 1, 1],
          [Math.floor(length / 2), Math.ceil(length / 4)],
        ] as const) {
          expect(await read(path, start, count)).to.deep.equal(bytes.slice(start, start + count));
        }
      }
    });
  }

  for (const [what, damage] of [
    ["one byte is another", (path: string) => flip(path, blockBytes + 3)],
    ["a checksum is another", (path: string) => flip(checksumsOf(path), 5)],
    ["the checksum of the checksums is another", (path: string) => flip(checksumsOf(path), 8)],
    ["it is cut off", (path: string) => truncate(path, blockBytes)],
    ["its last byte is gone", (path: string) => truncate(path, blockBytes + 99)],
    ["something stands behind it", (path: string) => appendFile(path, Buffer.alloc(blockBytes))],
    ["the checksums are cut off", (path: string) => truncate(checksumsOf(path), 6)],
    ["the checksums are gone", (path: string) => rm(checksumsOf(path))],
    ["it is gone", (path: string) => rm(path)],
  ] as const) {
    it(`refuses a file when ${what}`, async () => {
      const path = await written(bytesOf(blockBytes + 100), 4096);
      await damage(path);
      const error = await rejection(() => read(path, blockBytes, 100), "CODEX_DATA_DAMAGED");
      expect(error.where).to.equal(path);
    });
  }

  it("refuses to read beyond its end", async () => {
    const path = await written(bytesOf(10), 10);
    await rejection(() => read(path, 5, 6), "CODEX_DATA_DAMAGED");
  });
});

describe("BlockCache", () => {
  const block = (byte: number) => async () => Uint8Array.of(byte, byte);

  it("reads what is wanted at the same time once, and keeps what was asked for last", async () => {
    const cache = new BlockCache(4);
    let reads = 0;
    const counted = (byte: number) => () => {
      reads++;
      return block(byte)();
    };
    await Promise.all([cache.get("a", counted(1)), cache.get("a", counted(1))]);
    expect(reads).to.equal(1);
    await cache.get("b", counted(2));
    await cache.get("a", counted(1));
    await cache.get("c", counted(3));
    expect(reads).to.equal(3);
    await cache.get("a", counted(1));
    expect(reads).to.equal(3);
    await cache.get("b", counted(2));
    expect(reads).to.equal(4);
  });

  it("reads again what could not be read", async () => {
    const cache = new BlockCache();
    const failing = cache.get("a", () => Promise.reject(new Error("gone")));
    expect(await failing.catch((error: Error) => error.message)).to.equal("gone");
    expect([...(await cache.get("a", block(5)))]).to.deep.equal([5, 5]);
  });
});

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
  await writeFile(path, bytes);
}
