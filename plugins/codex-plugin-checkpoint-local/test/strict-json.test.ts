import { expect } from "chai";
import { parseStrictJson } from "#src/strict-json.js";

const parse = (text: string) => parseStrictJson(new TextEncoder().encode(text));

describe("parseStrictJson", () => {
  it("reads JSON as it is", () => {
    const value = { a: [1, "x", null, { b: '}{[,:"\\' }], "": {}, c: { a: 1 }, ü: [{ k: 1 }, { k: 2 }] };
    expect(parse(` ${JSON.stringify(value, null, 2)}\n`)).to.deep.equal(value);
    expect(parse('"text"')).to.equal("text");
    expect(parse(`${"[".repeat(100)}${"]".repeat(100)}`)).to.be.an("array");
  });

  for (const [what, text, phrase] of [
    ["a key twice", '{"a":1,"a":2}', 'key "a" twice'],
    ["a key twice, written differently", '{"a":1,"\\u0061":2}', 'key "a" twice'],
    ["a key twice within", '[{"b":{"c":{},"c":[]}}]', 'key "c" twice'],
    ["a key twice after a nested object", '{"a":{"b":1},"a":2}', 'key "a" twice'],
    ["a prototype", '{"__proto__":{}}', "__proto__"],
    ["a prototype within", '[{"x":{"\\u005f_proto__":1}}]', "__proto__"],
    ["nesting that is deep", `${"[".repeat(101)}${"]".repeat(101)}`, "100 levels"],
    ["nesting that never ends", "[{".repeat(1_000_000), "100 levels"],
    ["brackets without an end", "[".repeat(1_000_000), "100 levels"],
    ["a text without an end", `{"${"x".repeat(1_000_000)}`, "JSON"],
    ["nothing", "", "JSON"],
    ["a number that JSON does not know", "NaN", "JSON"],
    ["brackets that close nothing", "]}", "JSON"],
    ["a byte order mark", "\ufeff{}", "JSON"],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(() => parse(text)).to.throw(SyntaxError, phrase);
    });
  }

  it("refuses what is not UTF-8", () => {
    expect(() => parseStrictJson(Uint8Array.of(0x22, 0xff, 0x22))).to.throw(SyntaxError, "not UTF-8");
  });
});
