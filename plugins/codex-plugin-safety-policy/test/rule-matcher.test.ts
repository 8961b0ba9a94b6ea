import { expect } from "chai";
import fc from "fast-check";
import { RE2JS } from "re2js";
import { ruleForm } from "#src/rule-form.js";
import { createMatcher } from "#src/rule-matcher.js";

const matcherOf = (rule: object) => createMatcher(ruleForm.parse({ name: "r", action: "redact", ...rule }));
const found = (rule: object, text: string) =>
  matcherOf(rule)
    .find(text)
    .map(({ start, end }) => text.slice(start, end));

describe("createMatcher", () => {
  it("finds literals as they are", () => {
    expect(found({ literal: "a.b(c)*-/" }, "a.b(c)*-/ axb(c)")).to.deep.equal(["a.b(c)*-/"]);
    expect(found({ literal: ["cat", "dog"] }, "dog cat Cat catdog")).to.have.members(["dog", "cat", "cat", "dog"]);
  });

  it("ignores case beyond ASCII when asked to", () => {
    expect(found({ literal: "Straße Ω", caseSensitive: false }, "STRAßE ω, strasse")).to.deep.equal(["STRAßE ω"]);
    expect(found({ regex: "wh[a-z]le", caseSensitive: false }, "WHALE while Whole")).to.have.length(3);
  });

  it("finds whole words of any script", () => {
    const rule = { literal: "où", wholeWord: true };
    expect(found(rule, "où, oùx, xoù, où_ où1 (où) où\u0301")).to.deep.equal(["où", "où"]);
  });

  it("finds the longest match of an expression", () => {
    expect(found({ regex: "ab|abc{1,3}" }, "abccccd")).to.deep.equal(["abccc"]);
  });

  it("finds near a required text exactly what it finds without looking for it", () => {
    const pattern = "\\b[a-z]{1,4}@[a-z]{1,3}(?:\\.[a-z]{1,2}){0,2}\\b";
    const piece = fc.constantFrom("a", "bc", "@", ".", " ", "🐋", "x@y.z", "1", "abcd");
    const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
    const { find } = matcherOf({ regex: pattern });
    fc.assert(
      fc.property(text, (sample) => {
        const plain = RE2JS.compile(pattern, RE2JS.LONGEST_MATCH).matcher(sample);
        const covered = new Set(find(sample).flatMap(({ start, end }) => indices(start, end)));
        while (plain.find())
          for (const index of indices(plain.start(), plain.end())) expect(covered.has(index)).to.equal(true);
      }),
      { numRuns: 500 },
    );
  });

  it("takes time in proportion to the text, whatever the expression", () => {
    const evil = matcherOf({ regex: "(?:a|aa){1,30}b|(?:x{1,20}x{1,20}){1,5}y" });
    const before = process.cpuUsage();
    evil.find("a".repeat(100_000) + "x".repeat(100_000));
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).to.be.below(5000);
  });

  for (const [regex, reason] of [
    ["a+", "{1,64}"],
    ["[a-z]*@x", "{0,64}"],
    ["(", "missing"],
    ["(?=a)b", "(?="],
    ["(a)\\1", "\\1"],
    ["a?", "empty text"],
    ["\\b", "empty text"],
    ["(?:a{1,1000}){1,1000}", "too large"],
    ["(?:[a-z]{900}[0-9]{900}){1}(?:[a-z]{1000}){1}[a-z]{1000}".repeat(40), ""],
  ] as const) {
    it(`refuses ${regex.slice(0, 40)}`, () => {
      expect(() => matcherOf({ regex })).to.throw(Error, reason);
    });
  }
});

function indices(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}
