import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { rejection, removeTemporaryFolders } from "codex-core/testing";
import { readParquet } from "#src/sources/read-parquet.js";
import { readParquetInThread } from "#src/sources/read-parquet-in-thread.js";
import { createProject } from "./support/corpus-folder.js";
import { readDocuments as read, sizes } from "./support/read-documents.js";

const fixture = (name: string) => readFile(fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url)));
const documentsOf = async (name: string, column: string, id = name) => read(id, await fixture(name), column);

/** The rows of a file with this content, read without a thread. */
async function rowsOf(name: string, content: Uint8Array, column: string): Promise<(readonly [number, string])[]> {
  const path = join(await createProject({ [name]: content }), name);
  const found: (readonly [number, string])[] = [];
  for await (const { number, text } of readParquet({ id: name, path }, column, sizes)) found.push([number, text]);
  return found;
}

/** What is left of the rows of the fixtures, by row: blank ones and nulls are passed over. */
const rows: readonly (readonly [number: number, text: string])[] = [
  [1, "first row"],
  [4, "zweite Zeile: ä 🐋\nsecond line"],
  [6, "first row"],
  [7, "word ".repeat(30)],
  [8, "last row"],
];

describe("Parquet", () => {
  afterEach(removeTemporaryFolders);

  for (const codec of ["none", "snappy", "gzip", "brotli", "lz4", "zstd"]) {
    it(`is read as pyarrow wrote it, compressed by ${codec}, whatever the column's encoding`, async () => {
      const name = `${codec}.parquet`;
      for (const column of ["text", "plain", "delta", "categories", "bytes"]) {
        expect(await rowsOf(name, await fixture(name), column), column).to.deep.equal(rows);
      }
      const shared = await rowsOf(name, await fixture(name), "shared");
      expect(shared.map(([row]) => row)).to.deep.equal([1, 2, 4, 5, 6, 7, 8]);
      expect(shared.at(-1)?.[1]).to.equal("prefix of all: last row");
    });
  }

  for (const name of ["pages.parquet", "pages-dictionary.parquet"]) {
    it(`gives all rows of ${name}, whose row groups are read in slices`, async () => {
      const numbers = Array.from({ length: 400 }, (_, index) => index + 1).filter((number) => number % 7 !== 0);
      expect(await documentsOf(name, "text")).to.deep.equal(
        numbers.map((number) => ({ id: `${name}#row-${number}`, text: `row ${number} of many` })),
      );
    });
  }

  it("names the columns that exist when one does not", async () => {
    const error = await rejection(() => documentsOf("snappy.parquet", "body"), "CODEX_DATA_LINE_INVALID");
    expect(error.what).to.contain('snappy.parquet has no column "body"; it has "text", "plain", "delta"');
  });

  for (const [column, kind] of [
    ["number", "INT64"],
    ["price", "DECIMAL"],
    ["tags", "nested"],
  ] as const) {
    it(`refuses a column of ${kind} values`, async () => {
      const error = await rejection(() => documentsOf("zstd.parquet", column), "CODEX_DATA_LINE_INVALID");
      expect(error.what).to.equal(`Column "${column}" of zstd.parquet holds no text, but ${kind} values.`);
    });
  }

  it("names the row whose text is not UTF-8, without quoting it", async () => {
    const error = await rejection(() => documentsOf("none.parquet", "damaged"), "CODEX_DATA_LINE_INVALID");
    expect(error.what).to.equal("Row 6 of none.parquet is not UTF-8.");
    expect(error.where).to.match(/none\.parquet, row 6$/);
  });

  it("refuses a file without rows, and one that is compressed as a whole", async () => {
    await rejection(() => documentsOf("empty.parquet", "text"), "CODEX_DATA_EMPTY");
    const error = await rejection(() => documentsOf("none.parquet", "text", "a.parquet.gz"), "CODEX_DATA_UNREADABLE");
    expect(error.fix).to.contain("Decompress");
  });

  it("refuses what is no Parquet file, and what is left of one, naming it", async () => {
    const whole = await fixture("snappy.parquet");
    for (const content of ["", "PAR1", "some text", whole.subarray(0, 4000), whole.subarray(4000)]) {
      const error = await rejection(() => read("a.parquet", content), "CODEX_DATA_UNREADABLE");
      expect(error.what).to.match(/^a\.parquet cannot be read: its content cannot be decoded as Parquet \(/);
      expect(error.fix).to.contain("Get the file again");
    }
  });

  it("ends with a coded error or some texts, and with nothing else, when bytes of the footer are changed", async () => {
    const whole = await fixture("pages.parquet");
    const footerBytes = whole.readUInt32LE(whole.length - 8);
    const codes = new Set<string>();
    for (let at = whole.length - footerBytes - 8; at < whole.length; at += 7) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1 << (at % 8);
      const ended = await rowsOf("a.parquet", damaged, "text").then(
        () => "texts",
        (error) => error.code ?? error.stack,
      );
      codes.add(ended);
    }
    expect([...codes]).to.include.members(["CODEX_DATA_UNREADABLE", "texts"]);
    expect(["CODEX_DATA_UNREADABLE", "CODEX_DATA_LINE_INVALID", "texts"]).to.include.members([...codes]);
  });

  it("gives a file up that keeps its decoder busy, and ends the thread", async () => {
    const path = join(await createProject({ "a.parquet": await fixture("none.parquet") }), "a.parquet");
    const file = { id: "a.parquet", path };
    const error = await rejection(() => readParquetInThread(file, "text", sizes, 1).next(), "CODEX_DATA_UNREADABLE");
    expect(error.what).to.contain("no row came of it within 0.001 s");
  });

  it("never tells of more bytes than a file has, though some are read twice", async () => {
    for (const name of ["none.parquet", "pages.parquet"]) {
      const whole = await fixture(name);
      const path = join(await createProject({ "a.parquet": whole }), "a.parquet");
      let readBytes = 0;
      const onRead = (sizeBytes: number) => {
        readBytes += sizeBytes;
      };
      for await (const _row of readParquet({ id: "a.parquet", path, onRead }, "text", sizes));
      expect(readBytes, name).to.be.within(1, whole.length);
    }
  });

  it("tells how many bytes were read, and may be left in the middle", async () => {
    const path = join(await createProject({ "a.parquet": await fixture("pages.parquet") }), "a.parquet");
    let readBytes = 0;
    const onRead = (sizeBytes: number) => {
      readBytes += sizeBytes;
    };
    for await (const { number } of readParquetInThread({ id: "a.parquet", path, onRead }, "text", sizes)) {
      expect(number).to.equal(1);
      break;
    }
    expect(readBytes).to.be.greaterThan(1000);
  });
});
