import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { rejection, removeTemporaryFolders } from "codex-core/testing";
import { documentsOf } from "#src/sources/read-documents.js";
import { createProject } from "./support/corpus-folder.js";
import { readDocuments as read, sizes } from "./support/read-documents.js";

describe("CSV", () => {
  afterEach(removeTemporaryFolders);

  it("takes the column of each row, quoted or not, and passes empty texts over", async () => {
    const content = '\ufeffid,text\r\n1,"a ""ä""\nb, 🐋"\r\n2,\r\n\r\n3,c';
    const documents = await read("a.csv", content);
    expect(documents).to.deep.equal([
      { id: "a.csv#row-1", text: 'a "ä"\nb, 🐋' },
      { id: "a.csv#row-3", text: "c" },
    ]);
  });

  it("splits at tabs in .tsv, and decompresses", async () => {
    const documents = await read("a.tsv.gz", gzipSync("id\tbody\n1\ta, b\n"), "body");
    expect(documents).to.deep.equal([{ id: "a.tsv.gz#row-1", text: "a, b" }]);
  });

  it("gives a long text in parts of one document", async () => {
    const documents = await read("a.csv", `text\n${"word ".repeat(10)}\n`);
    expect(documents.map((document) => document.id)).to.deep.equal(["a.csv#row-1", "a.csv#row-1#part-2"]);
  });

  for (const [what, content, message] of [
    [
      "a missing column, naming those that exist",
      "id,body\n1,secret\n",
      'a.csv has no column "text"; it has "id", "body".',
    ],
    [
      "a row with a value too many",
      "id,text\n1,a\n2,secret,b\n",
      "Line 3 of a.csv has more or fewer values than the heading has columns: 3, not 2.",
    ],
    ["a row with a value too few", "id,text\n1,a\nsecret\n", "columns: 1, not 2."],
    ["a heading with the column twice", "text,text\nsecret,b\n", 'a.csv has more than one column "text".'],
    ["a quote that stays open", 'text\nfine\n"secret\n', "opens a quote that nothing closes"],
    ["a quote in the middle of a value", 'text\nfine\nsecret "a"\n', "has a quote where none may be"],
    ["a row beyond the limit", `text\n${"secret".repeat(100)}\n`, "ends no row within 200 bytes"],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const error = await rejection(() => read("a.csv", content), "CODEX_DATA_LINE_INVALID");
      expect(error.what).to.contain(message).and.not.contain("secret");
    });
  }

  it("says what to do about a row and about a heading, under the option that names the column", async () => {
    const fixOf = async (content: string, textFieldOption?: string) => {
      const file = { id: "a.csv", path: join(await createProject({ "a.csv": content }), "a.csv"), textFieldOption };
      const read = documentsOf(file, { textField: "text", sizes });
      return (await rejection(() => read.next(), "CODEX_DATA_LINE_INVALID")).fix;
    };
    expect(await fixOf("text\na,b\n"))
      .to.contain("Correct the line")
      .and.not.contain("textField");
    expect(await fixOf("body\na\n")).to.equal("Set data.textField to the column that holds the text.");
    expect(await fixOf("body\na\n", "data.mixture.wiki.textField")).to.contain("Set data.mixture.wiki.textField");
  });

  it("refuses a file without rows, bytes that are not UTF-8, and a cut file, each as what it is", async () => {
    await rejection(() => read("a.csv", "text\n"), "CODEX_DATA_EMPTY");
    await rejection(() => read("a.csv", ""), "CODEX_DATA_EMPTY");
    await rejection(() => read("a.csv", Uint8Array.from([0x74, 0xff, 0x0a])), "CODEX_DATA_INVALID_UTF8");
    await rejection(() => read("a.csv.gz", gzipSync("text\na\nb\nc\n").subarray(0, 20)), "CODEX_DATA_UNREADABLE");
  });

  it("can be left in the middle", async () => {
    const project = await createProject({ "a.csv": `text\n${"row\n".repeat(1000)}` });
    const file = { id: "a.csv", path: join(project, "a.csv") };
    for await (const document of documentsOf(file, { textField: "text", sizes })) {
      expect(document.text).to.equal("row");
      break;
    }
  });
});
