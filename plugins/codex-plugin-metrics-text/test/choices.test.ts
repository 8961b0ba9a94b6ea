import { expect } from "chai";
import { choiceAccuracyMetric } from "#src/choices/choice-accuracy.js";
import { measure } from "./support/measure.js";

const choice = (logProbability: number, characterCount: number, isLikeliest = false) => ({
  logProbability,
  characterCount,
  isLikeliest,
});

describe("choice-accuracy", () => {
  it("takes the likeliest answer, and the likeliest by its length", () => {
    const item = { choices: [choice(-4, 2), choice(-6, 12)], answer: 1 };
    expect(measure(choiceAccuracyMetric(), item)).to.deep.equal({ "": 0, Normalized: 1 });
    expect(measure(choiceAccuracyMetric(), item, { ...item, answer: 0 })).to.deep.equal({ "": 0.5, Normalized: 0.5 });
  });

  it("takes the first of equals", () => {
    const choices = [choice(-4, 4), choice(-4, 4)];
    expect(measure(choiceAccuracyMetric(), { choices, answer: 0 })[""]).to.equal(1);
    expect(measure(choiceAccuracyMetric(), { choices, answer: 1 })[""]).to.equal(0);
  });

  it("counts an answer that stands alone when the model would write it", () => {
    expect(measure(choiceAccuracyMetric(), { choices: [choice(-1, 4, true)], answer: 0 })[""]).to.equal(1);
    expect(measure(choiceAccuracyMetric(), { choices: [choice(-1, 4)], answer: 0 })[""]).to.equal(0);
  });
});
