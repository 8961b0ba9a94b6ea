import { expect } from "chai";
import type { Corpus } from "codex-core";
import { type Segment, splitDocuments } from "#src/sources/split-documents.js";
import { createGate } from "./support/corpus-folder.js";

describe("splitDocuments", () => {
  it("joins parts of a document, and none across a part that is not there", async () => {
    const texts = ["one", "two", "dropped", "four", "five"];
    const corpus = {
      documents: async function* () {
        for (const [index, text] of texts.entries()) yield { id: index === 0 ? "a" : `a#part-${index + 1}`, text };
      },
    } as unknown as Corpus;
    const gate = createGate((text) => (text === "dropped" ? undefined : text));
    const rule = { kind: "documents", fraction: 0, heldOut: new Set<string>() } as const;
    const segments: Segment[] = [];
    for await (const segment of splitDocuments(corpus, rule, gate, { dropped: new Map() })) segments.push(segment);
    const joined = segments.map(({ text, continues }) => [text, continues]);
    expect(joined).to.deep.equal([
      ["one", false],
      ["two", true],
      ["four", false],
      ["five", true],
    ]);
  });
});
