import { expect } from "chai";
import { toKey, toText } from "#src/keys.js";

describe("toKey", () => {
  for (const [name, key] of [
    ["train/loss", "train/loss"],
    ["weights.h.0 (mean)", "weights.h.0 _x28_mean_x29_"],
    ["größe", "größe"],
    ["a:b", "a_x3a_b"],
    ["top@5", "top_x40_5"],
    ["🐋", "_x1f40b_"],
    ["/a//b/", "a/b"],
    ["../.hidden/./x", "__/.hidden/_/x"],
    ["", "_"],
    ["/", "_"],
    ["two\nlines", "two_xa_lines"],
  ] as const) {
    it(`makes ${JSON.stringify(key)} of ${JSON.stringify(name)}`, () => {
      expect(toKey(name)).to.equal(key);
    });
  }

  it("cuts long names so that they stay apart", () => {
    const names = [
      "a".repeat(250),
      `${"a".repeat(250)}b`,
      `${"a".repeat(250)}c`,
      "ü".repeat(200),
      `x/${"ü".repeat(200)}`,
    ];
    const keys = names.map(toKey);
    expect(new Set(keys).size).to.equal(5);
    expect(keys[0]).to.equal(names[0]);
    for (const key of keys) {
      expect(Buffer.byteLength(key)).to.be.at.most(250);
      expect(toKey(key)).to.equal(key);
    }
  });
});

describe("toText", () => {
  it("keeps a text that fits, and says where it cut another", () => {
    expect(toText("abcde", 5)).to.equal("abcde");
    expect(toText("abcdef", 5)).to.equal("abcd…");
    expect(toText(true, 5)).to.equal("true");
  });

  it("has no NUL and no half of a character", () => {
    expect(toText("a\0b\ud800", 9)).to.equal("a\ufffdb\ufffd");
    expect(toText("abc🐋🐋", 5)).to.equal("abc\ufffd…");
  });
});
