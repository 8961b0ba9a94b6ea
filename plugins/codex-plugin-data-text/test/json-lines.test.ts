import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { rejection, removeTemporaryFolders } from "codex-core/testing";
import { readDocuments as read } from "./support/read-documents.js";

describe("JSONL and gzip", () => {
  afterEach(removeTemporaryFolders);

  it("takes each line as a document, passes blank lines over and needs no last line end", async () => {
    const documents = await read("a.jsonl", '\ufeff{"text":"ä 🐋\\nb"}\r\n\n{"id":3,"text":""}\n{"text":"c"}');
    expect(documents).to.deep.equal([
      { id: "a.jsonl#line-1", text: "ä 🐋\nb" },
      { id: "a.jsonl#line-4", text: "c" },
    ]);
  });

  it("gives a long text in parts of one document", async () => {
    const text = "word ".repeat(20);
    const documents = await read("a.ndjson", JSON.stringify({ body: text }), "body");
    expect(documents.map((document) => document.id)).to.deep.equal([
      "a.ndjson#line-1",
      "a.ndjson#line-1#part-2",
      "a.ndjson#line-1#part-3",
    ]);
    expect(documents.map((document) => document.text).join("")).to.equal(text);
  });

  for (const [what, line, message] of [
    ["what is not JSON, without quoting it", "secret {", "is not JSON."],
    ["an array", '["text"]', "holds no JSON object"],
    ["a missing field, naming those that exist", '{"body":"a","n":1}', 'no field "text"; it has "body", "n"'],
    ["a field named __proto__ in place of one", '{"__proto__":{"text":"a"}}', 'no field "text"; it has "__proto__"'],
    ["text that is no string", '{"text":7}', 'no string in "text"'],
    ["half of a character", '{"text":"\\ud800"}', "half of a character"],
    ["a line beyond the limit", `{"text":"${"a".repeat(300)}"}`, "longer than 200"],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const error = await rejection(() => read("a.jsonl", `{"text":"fine"}\n${line}\n`), "CODEX_DATA_LINE_INVALID");
      expect(error.what).to.contain("Line 2 of a.jsonl").and.contain(message).and.not.contain("secret");
      expect(error.where).to.contain("a.jsonl, line 2");
    });
  }

  it("takes no inherited property for a field", async () => {
    const error = await rejection(() => read("a.jsonl", '{"text":"a"}', "constructor"), "CODEX_DATA_LINE_INVALID");
    expect(error.what).to.contain('no field "constructor"; it has "text"');
  });

  it("refuses a file without documents", async () => {
    await rejection(() => read("a.jsonl", "\n\n"), "CODEX_DATA_EMPTY");
  });

  it("decompresses .gz, of several members too", async () => {
    const members = Buffer.concat([gzipSync('{"text":"a'), gzipSync('ä"}\n{"text":"b"}')]);
    expect((await read("a.jsonl.gz", members)).map((document) => document.text)).to.deep.equal(["aä", "b"]);
    expect(await read("a.txt.gz", gzipSync("plain"))).to.deep.equal([{ id: "a.txt.gz", text: "plain" }]);
  });

  it("refuses compressed data that is cut off, damaged or empty", async () => {
    const whole = gzipSync("a text that is long enough to be cut off somewhere");
    const damaged = Buffer.from(whole);
    damaged[damaged.length - 6]! ^= 1;
    await rejection(() => read("a.txt.gz", whole.subarray(0, 30)), "CODEX_DATA_UNREADABLE");
    await rejection(() => read("a.txt.gz", damaged), "CODEX_DATA_UNREADABLE");
    const error = await rejection(() => read("a.txt.gz", "no gzip"), "CODEX_DATA_UNREADABLE");
    expect(error.what).to.contain("a.txt.gz cannot be decompressed");
    expect(error.why).to.contain("not what its name says");
    expect(error.fix).to.contain("Get the file again");
    await rejection(() => read("a.txt.gz", gzipSync("")), "CODEX_DATA_EMPTY");
  });

  it("says of a malformed line of a compressed file how to test the file for damage", async () => {
    const error = await rejection(() => read("a.jsonl.gz", gzipSync("{")), "CODEX_DATA_LINE_INVALID");
    expect(error.why).to.contain("`gzip -t`");
    const field = await rejection(() => read("a.jsonl.gz", gzipSync("{}")), "CODEX_DATA_LINE_INVALID");
    expect(field.why).to.contain("`gzip -t`");
    expect((await rejection(() => read("a.jsonl", "{"), "CODEX_DATA_LINE_INVALID")).why).to.equal(undefined);
  });

  it("stops at a line that grows without end instead of holding what a small file decompresses to", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20, "a"));
    const error = await rejection(() => read("a.jsonl.gz", bomb), "CODEX_DATA_LINE_INVALID");
    expect(error.what).to.contain("longer than 200");
  });
});
