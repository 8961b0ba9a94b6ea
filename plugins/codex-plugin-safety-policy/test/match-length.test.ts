import { expect } from "chai";
import fc from "fast-check";
import { RE2JS } from "re2js";
import { matchBounds } from "#src/match-length.js";

const unbounded = Number.POSITIVE_INFINITY;

describe("matchBounds", () => {
  for (const [pattern, maxLength, required] of [
    ["abc", 3, "abc"],
    ["ab|c", 2, ""],
    ["a{2,5}bc?", 7, "b"],
    ["(?:ab){3}cd", 8, "cd"],
    ["x(a|bcd)yz", 6, "yz"],
    ["a*", unbounded, ""],
    ["a+b", unbounded, "b"],
    ["a{2,}", unbounded, ""],
    ["(a{0}|b)*?", unbounded, ""],
    ["(?:){5}abc", 3, "abc"],
    ["a{,3}", 5, "a{,3}"],
    [".{3}", 6, ""],
    ["[a-z]{3}@[^a]", 6, "@"],
    ["[🐋]\\d\\w\\D", 6, ""],
    ["[]a]{2}x", 3, "x"],
    ["[^]a]{2}x", 5, "x"],
    ["[[:alpha:]\\]]{2}x", 3, "x"],
    ["[[:^alpha:]]x", 3, "x"],
    ["\\p{Greek}\\pL🐋", 6, "🐋"],
    ["\\Qa.b*\\E+", unbounded, ""],
    ["\\x{1F40B}\\x41", 4, ""],
    ["\\babc\\b", 3, "abc"],
    ["^abc$", 3, ""],
    ["(?i)abc", 3, ""],
    ["(?i:a)bc", 3, ""],
    ["(?P<name>ab)(?<other>c)d", 4, "d"],
    ["\\.\\[\\(a\\)\\*", 6, ".[(a)*"],
    ["\\123\\n\\t", 3, ""],
    ["a??b+?", unbounded, ""],
  ] as const) {
    it(`reads ${pattern}`, () => {
      RE2JS.compile(pattern);
      expect(matchBounds(pattern)).to.deep.equal({ maxLength, required });
    });
  }

  it("holds for what is matched", () => {
    const atom = fc.constantFrom(
      "a",
      "b",
      "[ab]",
      "[^a]",
      ".",
      "\\d",
      "\\w",
      "(a|bb)",
      "(?:ab)",
      "\\x61",
      "🐋",
      "\\b",
      "\\.",
    );
    const repeat = fc.constantFrom("", "", "?", "{2}", "{1,3}", "{0,2}?");
    const pattern = fc
      .array(fc.tuple(atom, repeat), { minLength: 1, maxLength: 5 })
      .map((parts) => parts.map(([one, many]) => (one === "\\b" ? one : one + many)).join(""));
    const text = fc
      .array(fc.constantFrom("a", "b", "bb", "1", ".", "🐋", " "), { maxLength: 20 })
      .map((all) => all.join(""));
    fc.assert(
      fc.property(pattern, text, (expression, sample) => {
        const { maxLength, required } = matchBounds(expression);
        const matcher = RE2JS.compile(expression, RE2JS.LONGEST_MATCH).matcher(sample);
        while (matcher.find()) {
          expect(matcher.end() - matcher.start()).to.be.at.most(maxLength);
          expect(matcher.group()).to.contain(required);
        }
      }),
      { numRuns: 500 },
    );
  });
});
