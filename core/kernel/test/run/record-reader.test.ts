import { appendFile, type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import type { TrackerRecord } from "codex-core";
import { createMetricsRecords, createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { RecordCache } from "#src/run/record-cache.js";
import { RecordReader } from "#src/run/record-reader.js";
import { toRow } from "#src/run/record-row.js";

describe("RecordReader", () => {
  let folder: string;
  let metricsPath: string;

  beforeEach(async () => {
    folder = await createTemporaryFolder();
    metricsPath = join(folder, "metrics.ndjson");
  });

  afterEach(removeTemporaryFolders);

  async function tell(records: readonly TrackerRecord[]): Promise<void> {
    for (const record of records) await appendFile(metricsPath, `${JSON.stringify(toRow(record))}\n`);
  }

  const read = (cache = new RecordCache(), isWanted: (sequence: number) => boolean = () => true) =>
    new RecordReader(folder, isWanted, cache);

  const sequencesOf = (records: readonly TrackerRecord[]) => records.map(({ sequence }) => sequence);

  it("leaves out a row that was written in part before it was written whole", async () => {
    await tell(createMetricsRecords(1, 1));
    await appendFile(metricsPath, `{"seq":2,"step":2,"tim\n`);
    await tell(createMetricsRecords(2, 3));
    const reader = read();
    expect(sequencesOf(await reader.next(10))).to.deep.equal([1, 2, 3]);
    await reader.close();
  });

  it("leaves out a row whose step or time is no number that a run writes", async () => {
    const rows = [
      '"step":1e400,"timeMs":1',
      '"step":-5,"timeMs":1',
      '"step":0.5,"timeMs":1',
      '"step":1,"timeMs":1e400',
    ];
    for (const [index, row] of rows.entries()) await appendFile(metricsPath, `{"seq":${index + 1},${row},"a":1}\n`);
    await tell(createMetricsRecords(5, 5));
    const reader = read();
    expect(sequencesOf(await reader.next(10))).to.deep.equal([5]);
    await reader.close();
  });

  it("takes from the cache what another has read, without the file, and reads on where that ends", async () => {
    const cache = new RecordCache();
    await tell(createMetricsRecords(1, 3));
    const [first, second, third] = [read(cache), read(cache), read(cache, (sequence) => sequence > 2)];
    const records = await first.next(10);
    await tell(createMetricsRecords(4, 5));
    const taken = await second.next(3);
    expect(taken).to.have.length(3);
    for (const [index, record] of taken.entries()) expect(record).to.equal(records[index]);
    expect(() => Object.assign(taken[0]!, { step: 0 })).to.throw(TypeError);
    expect(sequencesOf(await second.next(10))).to.deep.equal([4, 5]);
    await rm(metricsPath);
    expect(sequencesOf(await third.next(10))).to.deep.equal([3, 4, 5]);
    for (const reader of [first, second, third]) await reader.close();
  });

  it("asks a file that is at its end once, not for each record of the other", async () => {
    await tell(createMetricsRecords(1, 50));
    await appendFile(join(folder, "events.ndjson"), "");
    const handle = await open(metricsPath);
    const prototype: FileHandle = Object.getPrototypeOf(handle);
    await handle.close();
    const original = prototype.read;
    let reads = 0;
    prototype.read = function (this: FileHandle, ...args: unknown[]) {
      reads++;
      return Reflect.apply(original, this, args);
    } as typeof original;
    const reader = read();
    try {
      expect(await reader.next(50)).to.have.length(50);
    } finally {
      prototype.read = original;
      await reader.close();
    }
    expect(reads).to.be.lessThan(5);
  });
});
