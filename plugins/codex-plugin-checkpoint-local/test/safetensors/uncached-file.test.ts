import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { alignedBuffer, UncachedFile } from "../../src/safetensors/uncached-file.js";

const block = 4096;

describe("UncachedFile", () => {
  after(removeTemporaryFolders);

  const fill = (bytes: Uint8Array) => bytes.map((_, index) => (index * 7 + (index >> 8)) % 256);

  async function written(...pieces: readonly Uint8Array[]): Promise<Buffer> {
    const path = join(await createTemporaryFolder(), "a file");
    const file = await UncachedFile.create(path);
    let position = 0;
    for (const piece of pieces) {
      await file.write(piece, position);
      position += piece.length;
    }
    await file.sync();
    await file.close();
    return readFile(path);
  }

  for (const size of [0, 1, block - 1, block, block + 1, 3 * block, 3 * block + 5]) {
    it(`writes ${size} bytes`, async () => {
      const bytes = alignedBuffer(size);
      bytes.set(fill(bytes));
      expect(await written(bytes)).to.deep.equal(Buffer.from(bytes));
    });
  }

  it("writes from memory and at positions that no uncached write takes", async () => {
    const bytes = fill(new Uint8Array(9 * block));
    const [odd, rest] = [bytes.subarray(3, block), bytes.subarray(block, 9 * block)];
    expect(await written(odd, rest)).to.deep.equal(Buffer.concat([odd, rest]));
    expect(await written(bytes.subarray(1))).to.deep.equal(Buffer.from(bytes.subarray(1)));
  });

  it("is a file of its own", async () => {
    const path = join(await createTemporaryFolder(), "a file");
    await (await UncachedFile.create(path)).close();
    const failure = await UncachedFile.create(path).catch((error: NodeJS.ErrnoException) => error);
    expect(failure).to.have.property("code", "EEXIST");
  });
});
