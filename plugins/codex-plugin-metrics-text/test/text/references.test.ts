import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { largestDifference } from "../support/references.js";
import { stemmableWords, textPairs } from "../support/text-pairs.js";

const references = JSON.parse(readFileSync(join(import.meta.dirname, "../fixtures/references.json"), "utf8"));

describe("BLEU, chrF and ROUGE", () => {
  it("are what sacrebleu and rouge-score say, of the whole and of each text", () => {
    const { pairs, words } = references;
    expect(largestDifference(pairs, words, references)).to.be.lessThan(1e-9);
  });

  it("are measured on the pairs that the generator makes", () => {
    expect(references.pairs).to.deep.equal(textPairs(7, 60));
    expect(references.words).to.deep.equal(stemmableWords(8, 300));
    expect(references.versions).to.deep.equal({ sacrebleu: "2.6.0", "rouge-score": "0.1.2", nltk: "3.10.4" });
  });
});
