import { expect } from "chai";
import { exactMatchMetric, f1Metric, normalizedAnswer } from "#src/text/answers.js";
import { bleuMetric } from "#src/text/bleu.js";
import { distinctMetric, repetitionMetric } from "#src/text/diversity.js";
import { rougeMetric } from "#src/text/rouge.js";
import { measure } from "../support/measure.js";

const item = (text: string, ...references: string[]) => ({ text, references });

describe("metrics of texts", () => {
  it("answers are compared without case, punctuation, articles and odd blanks", () => {
    expect(normalizedAnswer(" The Pequod's\u00a0 a (whaling) ship; an-the ")).to.deep.equal([
      "pequods",
      "whaling",
      "ship",
      "anthe",
    ]);
    expect(normalizedAnswer("el a\u00f1o, \u00e9a the2")).to.deep.equal(["el", "a\u00f1o", "\u00e9a", "the2"]);
  });

  it("exact match takes any of the references", () => {
    const metric = exactMatchMetric();
    expect(measure(metric, item("the sea!", "land", "Sea"), item("sea", "ocean"))).to.deep.equal({ "": 0.5 });
    expect(measure(metric, item("", "the"))).to.deep.equal({ "": 1 });
  });

  it("F1 is of shared words, as often as both have them, with the best reference", () => {
    const metric = f1Metric();
    expect(measure(metric, item("white whale white", "land", "white white sea"))[""]).to.be.closeTo(2 / 3, 1e-12);
    expect(measure(metric, item("whale", "sea"))[""]).to.equal(0);
    expect(measure(metric, item("a", "The"))[""]).to.equal(1);
    expect(measure(metric, item("a", "sea"))[""]).to.equal(0);
  });

  it("distinct counts runs of words once in all texts, repetition in each", () => {
    const texts = [item("a b a b"), item("a b c")].map((each) => ({ ...each, references: [""] }));
    expect(measure(distinctMetric({ orders: [1, 2] }), ...texts)).to.deep.equal({ 1: 3 / 7, 2: 3 / 5 });
    expect(measure(repetitionMetric({ order: 2 }), ...texts)[""]).to.be.closeTo(1 / 6, 1e-12);
    expect(measure(repetitionMetric({ order: 5 }), ...texts)[""]).to.be.NaN;
  });

  it("BLEU is 100 for the reference itself, and 0 for texts too short for its longest runs", () => {
    const metric = bleuMetric({ lowercase: false });
    expect(measure(metric, item("Call me Ishmael, he said.", "no", "Call me Ishmael, he said."))[""]).to.be.closeTo(
      100,
      1e-9,
    );
    expect(measure(metric, item("Call me", "Call me"))[""]).to.equal(0);
  });

  it("ROUGE takes the best reference for each measure by itself", () => {
    const metric = rougeMetric({ stemmer: false });
    const both = measure(metric, item("a b c d", "d c b a", "a b x y"));
    expect(both).to.deep.equal({ 1: 1, 2: 1 / 3, L: 0.5 });
  });

  it("ROUGE by stems leaves words of three letters as they are", () => {
    const metric = rougeMetric({ stemmer: true });
    expect(measure(metric, item("was", "wa"))[1]).to.equal(0);
    expect(measure(metric, item("whales", "whale"))[1]).to.equal(1);
  });
});
