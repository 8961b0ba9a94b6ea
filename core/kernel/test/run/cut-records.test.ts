import { appendFile, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { cutRecords, lastSequence } from "#src/run/cut-records.js";
import { NdjsonFile } from "#src/run/ndjson-file.js";
import { readRows } from "./fake-run.js";

describe("cutRecords", () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await createTemporaryFolder();
    path = join(folder, "metrics.ndjson");
  });
  afterEach(removeTemporaryFolders);

  /** A file larger than a text can be: of holes, which take no room on the disk, in lines that are no rows. */
  async function writeHuge(): Promise<void> {
    const file = await open(path, "w");
    for (let line = 1; line <= 560; line++) await file.write("\n", line * 2 ** 20);
    await file.close();
  }

  it("sets aside what is past the step, and leaves rows that are no records", async () => {
    const rows = ['{"seq":1,"step":1}', '{"event":"runStart"}', "no row", '{"seq":2,"step":3}', '{"seq":3,"step":2}'];
    await writeFile(path, `${rows.join("\n")}\n{"seq":4,"st`);
    await cutRecords(path, 2);
    expect(await readFile(path, "utf8")).to.equal(`${rows[0]}\n${rows[1]}\n${rows[4]}\n`);
    expect(await readRows(folder, "metrics.superseded.ndjson")).to.deep.equal([{ seq: 2, step: 3 }]);
    expect(await lastSequence([path])).to.equal(3);
  });

  it("takes files that are larger than a text can be", async () => {
    await writeHuge();
    await appendFile(path, '{"seq":7,"step":1}\n{"seq":8,"step":2}\n{"seq":9,"st');
    expect(await lastSequence([path])).to.equal(8);
    await cutRecords(path, 1);
    expect(await readRows(folder, "metrics.ndjson")).to.deep.equal([{ seq: 7, step: 1 }]);
    expect(await lastSequence([path])).to.equal(8);
  });

  it("leaves a missing file missing", async () => {
    await cutRecords(path, 1);
    expect(await lastSequence([path])).to.equal(0);
  });
});

describe("NdjsonFile", () => {
  afterEach(removeTemporaryFolders);

  for (const [what, whole, cut] of [
    ["of nothing", "", '{"a"'],
    ["behind a line", '{"a":1}\n', '{"b"'],
    ["that is long", '{"a":1}\n', `{"b":"${"x".repeat(200_000)}`],
  ] as const) {
    it(`removes a line ${what} that a crash cut`, async () => {
      const path = join(await createTemporaryFolder(), "rows.ndjson");
      await writeFile(path, whole + cut);
      const file = new NdjsonFile(path);
      file.append({ c: 2 });
      file.close();
      expect(await readFile(path, "utf8")).to.equal(`${whole}{"c":2}\n`);
    });
  }
});
