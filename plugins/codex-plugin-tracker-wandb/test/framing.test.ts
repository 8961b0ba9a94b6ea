import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { fileHeader, frameRecords, readRecords } from "../src/framing.js";

const blockBytes = 32_768;

describe("framing", () => {
  let path = "";
  beforeEach(async () => {
    path = join(await createTemporaryFolder(), "run.wandb");
  });
  afterEach(removeTemporaryFolders);

  const framed = (records: readonly Buffer[]) => {
    let bytes = fileHeader;
    const ends = records.map((record) => {
      bytes = Buffer.concat([bytes, frameRecords([record], bytes.length)]);
      return bytes.length;
    });
    return { bytes, ends };
  };
  const readBack = async (bytes: Buffer, size?: number) => {
    await writeFile(path, bytes);
    const records = [];
    for await (const together of readRecords(path, size)) records.push(...together);
    return records;
  };
  const patterned = (length: number) => Buffer.from(Array.from({ length }, (_, index) => (index * 31) % 251));

  it("writes the header and a chunk as W&B does", () => {
    expect(fileHeader.toString("hex")).to.equal("3a572642e1be00");
    // Made by W&B's own writer: ten bytes 0x01.
    expect(frameRecords([Buffer.alloc(10, 1)], 7).toString("hex")).to.equal(`ebec33190a0001${"01".repeat(10)}`);
    expect(frameRecords([Buffer.alloc(0)], 7).toString("hex")).to.equal("1bdf05a5000001");
    expect(frameRecords([Buffer.alloc(10, 1)], blockBytes - 7).toString("hex", 0, 7)).to.equal("a18e0c3c000002");
  });

  for (const [left, padding, chunks] of [
    [0, 0, 1],
    [1, 1, 1],
    [6, 6, 1],
    [7, 0, 2],
    [8, 0, 2],
    [16, 0, 2],
    [17, 0, 1],
    [18, 0, 1],
  ] as const) {
    it(`writes ten bytes where ${left} are left in the block: ${padding} zeros, ${chunks} chunks`, async () => {
      const offset = blockBytes - left;
      const bytes = frameRecords([patterned(10)], offset);
      expect(bytes.subarray(0, padding).equals(Buffer.alloc(padding))).to.equal(true);
      expect(bytes.readUInt8(padding + 6), "FULL or FIRST").to.equal(chunks);
      expect(bytes).to.have.length(padding + chunks * 7 + 10);
      // The record before it fills the first block but for what is left.
      const written = [patterned(offset - 14), patterned(10), patterned(3)];
      const records = await readBack(framed(written).bytes);
      expect(records.map(({ data }) => data)).to.deep.equal(written);
    });
  }

  it("cuts records of many blocks and reads them back", async () => {
    const sizes = [0, 1, 5 * blockBytes, 3, 2 * blockBytes - 7, blockBytes, 0, 100_000];
    const records = await readBack(framed(sizes.map(patterned)).bytes);
    expect(records.map(({ data }) => data.length)).to.deep.equal(sizes);
    expect(records.every(({ data }) => data.equals(patterned(data.length)))).to.equal(true);
  });

  it("reads the whole records of a file that is cut at any byte", async () => {
    const { bytes, ends } = framed([10, 0, 200, 1, 40].map(patterned));
    for (let size = 0; size <= bytes.length; size++) {
      const records = await readBack(bytes.subarray(0, size));
      expect(
        records.map(({ end }) => end),
        `cut at ${size}`,
      ).to.deep.equal(ends.filter((end) => end <= size));
    }
  });

  it("reads the whole records of a file that is cut around the border of blocks", async () => {
    const { bytes, ends } = framed([32_700, 100, 65_536, 20].map(patterned));
    for (const around of [blockBytes, 2 * blockBytes, 3 * blockBytes, ...ends]) {
      for (let size = around - 10; size <= Math.min(around + 10, bytes.length); size++) {
        const records = await readBack(bytes.subarray(0, size));
        expect(
          records.map(({ end }) => end),
          `cut at ${size}`,
        ).to.deep.equal(ends.filter((end) => end <= size));
      }
    }
  });

  it("stops before a record of which any byte is another one", async () => {
    const { bytes, ends } = framed([10, 30, 5].map(patterned));
    for (let at = ends[0]!; at < ends[1]!; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 0x10;
      expect(await readBack(damaged), `byte ${at}`).to.have.length(1);
    }
  });

  it("stops at zeros, as a power cut leaves them", async () => {
    await writeFile(path, framed([patterned(10)]).bytes);
    await appendFile(path, Buffer.alloc(50_000));
    expect(await readBack(await readFile(path))).to.have.length(1);
  });

  it("reads no further than it is told", async () => {
    const { bytes, ends } = framed([10, 30, 5].map(patterned));
    expect(await readBack(bytes, ends[1])).to.have.length(2);
  });

  it("refuses a file that is no W&B run", async () => {
    const error = await readBack(Buffer.from("date,weight\n1,2\n")).catch((error: Error) => error);
    expect(error).to.be.instanceOf(Error).with.property("message").that.includes("no W&B run");
  });
});
