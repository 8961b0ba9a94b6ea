import { expect } from "chai";
import type { Corpus } from "codex-core";
import { cutPoint, type SplitRule, splitDocuments } from "#src/sources/split-documents.js";
import { createGate } from "./support/corpus-folder.js";

async function joinedSegments(rule: SplitRule, texts: readonly string[]) {
  const corpus = {
    documents: async function* () {
      for (const [index, text] of texts.entries()) yield { id: index === 0 ? "a" : `a#part-${index + 1}`, text };
    },
  } as unknown as Corpus;
  const gate = createGate((text) => (text === "dropped" ? undefined : text));
  const segments: [split: string, text: string, continues: boolean][] = [];
  for await (const { split, text, continues } of splitDocuments(corpus, rule, gate, { dropped: new Map() })) {
    segments.push([split, text, continues]);
  }
  return segments;
}

const ruleOf = (kind: SplitRule["kind"], fraction: number): SplitRule => ({ kind, fraction, heldOut: new Set() });

describe("splitDocuments", () => {
  for (const kind of ["documents", "tails"] as const) {
    it(`joins parts of a document, and none across a part that is not there, split by ${kind}`, async () => {
      expect(await joinedSegments(ruleOf(kind, 0), ["one", "two", "dropped", "four", "five"])).to.deep.equal([
        ["train", "one", false],
        ["train", "two", true],
        ["train", "four", false],
        ["train", "five", true],
      ]);
    });
  }

  it("joins none across a tail", async () => {
    expect(await joinedSegments(ruleOf("tails", 0.4), ["one two", "three four"])).to.deep.equal([
      ["train", "one ", false],
      ["validation", "two", false],
      ["train", "three ", false],
      ["validation", "four", false],
    ]);
  });
});

describe("cutPoint", () => {
  for (const [text, fraction, at] of [
    ["abcde fghi", 0.1, 9],
    ["abcdefgh i", 0.1, 9],
    ["aaaa\n\nbbb\nccc ddd e", 0.5, 10],
    ["aaaaaa\n\nb cccc dddd", 0.5, 8],
    ["abcdefgh🐋", 0.1, 8],
    ["anything", 0, 8],
  ] as const) {
    it(`cuts ${JSON.stringify(text)} by ${fraction} at ${at}`, () => {
      expect(cutPoint(text, fraction)).to.equal(at);
    });
  }
});
