import { expect } from "chai";
import { accuracyMetric } from "#src/tokens/accuracy.js";
import { calibrationErrorMetric } from "#src/tokens/calibration-error.js";
import { bitsPerByteMetric, lossMetric, perplexityMetric } from "#src/tokens/likelihood.js";
import { measure, tokensOf } from "../support/measure.js";

describe("metrics of tokens", () => {
  const texts = [tokensOf([0.5, 0.25]), tokensOf([0.125, 1, 0.5], { wordCount: 2 })];
  const nats = 7 * Math.LN2;

  it("loss is the mean over all tokens, not over the texts", () => {
    expect(measure(lossMetric(), ...texts)[""]).to.be.closeTo(nats / 5, 1e-12);
  });

  it("perplexity is exp of the nats per token, byte or word", () => {
    for (const [per, count] of [
      ["token", 5],
      ["byte", 10],
      ["word", 3],
    ] as const) {
      expect(measure(perplexityMetric({ per }), ...texts)[""], per).to.be.closeTo(Math.exp(nats / count), 1e-9);
    }
  });

  it("has no perplexity per word for a text without words", () => {
    expect(measure(perplexityMetric({ per: "word" }), tokensOf([0.5], { wordCount: 0 }))[""]).to.be.NaN;
  });

  it("bits per byte are what coding the text would take", () => {
    expect(measure(bitsPerByteMetric(), ...texts)[""]).to.be.closeTo(0.7, 1e-12);
  });

  it("accuracy counts tokens among the likeliest", () => {
    const ranked = tokensOf([0.1, 0.1, 0.1, 0.1], { ranks: [0, 1, 4, 5] });
    expect(measure(accuracyMetric({ top: 1 }), ranked)).to.deep.equal({ "": 0.25 });
    expect(measure(accuracyMetric({ top: 5 }), ranked)).to.deep.equal({ "": 0.75 });
  });

  it("calibration error is 0 where confidence is the share of right ones, bin by bin", () => {
    const calibrated = { confidences: [0.75, 0.75, 0.75, 0.75, 1], ranks: [0, 0, 0, 2, 0] };
    expect(measure(calibrationErrorMetric({ bins: 10 }), tokensOf([1, 1, 1, 1, 1], calibrated))[""]).to.equal(0);
  });

  it("calibration error weighs bins by their tokens; bins hold their upper bound", () => {
    // (0, ½]: one of two right at 0.5 and 0.3. (½, 1]: none of one right at 0.9.
    const tokens = tokensOf([1, 1, 1], { confidences: [0.5, 0.3, 0.9], ranks: [0, 1, 1] });
    expect(measure(calibrationErrorMetric({ bins: 2 }), tokens)[""]).to.be.closeTo((0.2 + 0.9) / 3, 1e-12);
  });
});
