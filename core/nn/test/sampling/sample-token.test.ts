import { expect } from "chai";
import { createRandomStream, createSampler, likeliestToken, sampleToken, samplingProbabilities } from "codex-nn";

const logits = Float32Array.of(1, 3, 2, 3, -1);
const close = (actual: ArrayLike<number>, expected: readonly number[]) => {
  expect(actual).to.have.length(expected.length);
  expected.forEach((value, index) => {
    expect(actual[index], `token ${index}`).to.be.closeTo(value, 1e-12);
  });
};
const normalized = (weights: readonly number[]) => {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
};

describe("samplingProbabilities", () => {
  it("is softmax of logits by temperature, in double precision", () => {
    for (const temperature of [0.5, 1, 2]) {
      const expected = normalized([...logits].map((logit) => Math.exp(logit / temperature)));
      close(samplingProbabilities(logits, { temperature }), expected);
    }
  });

  it("takes the lowest of the likeliest ids at temperature 0", () => {
    close(samplingProbabilities(logits, { temperature: 0 }), [0, 1, 0, 0, 0]);
    expect(likeliestToken(logits)).to.equal(1);
  });

  it("keeps the topK likeliest, lower ids first among equals", () => {
    close(samplingProbabilities(logits, { topK: 1 }), [0, 1, 0, 0, 0]);
    close(samplingProbabilities(logits, { topK: 3 }), normalized([0, Math.exp(3), Math.exp(2), Math.exp(3), 0]));
    close(samplingProbabilities(logits, { topK: 99 }), [...samplingProbabilities(logits)]);
  });

  it("keeps tokens until they hold topP of the probability, the one that crosses it with them", () => {
    const quarters = [Math.log(0.5), Math.log(0.25), Math.log(0.15), Math.log(0.1)];
    close(samplingProbabilities(quarters, { topP: 0.4 }), [1, 0, 0, 0]);
    close(samplingProbabilities(quarters, { topP: 0.6 }), normalized([0.5, 0.25, 0, 0]));
    close(samplingProbabilities(quarters, { topP: 1 }), [0.5, 0.25, 0.15, 0.1]);
    close(samplingProbabilities(quarters, { topK: 2, topP: 0.7 }), normalized([0.5, 0.25, 0, 0]));
    close(samplingProbabilities(quarters, { topK: 2, topP: 0.6 }), [1, 0, 0, 0]);
  });

  it("is stable for logits of ±1e4 and rules out tokens at −Infinity", () => {
    close(samplingProbabilities([1e4, -1e4, 1e4]), [0.5, 0, 0.5]);
    close(samplingProbabilities([-Infinity, 0]), [0, 1]);
  });

  it("refuses logits that are not finite, and options out of range", () => {
    expect(() => samplingProbabilities([0, Number.NaN])).to.throw(/CODEX_NN_NOT_FINITE.*token 1 is NaN/);
    expect(() => samplingProbabilities([Infinity, 0])).to.throw(/CODEX_NN_NOT_FINITE/);
    expect(() => samplingProbabilities([-Infinity])).to.throw(/CODEX_NN_NOT_FINITE: No token/);
    expect(() => samplingProbabilities(logits, { temperature: -1 })).to.throw(/CODEX_NN_ARGUMENT: temperature/);
    expect(() => samplingProbabilities(logits, { topK: 0 })).to.throw(/CODEX_NN_ARGUMENT: topK/);
    expect(() => samplingProbabilities(logits, { topP: 0 })).to.throw(/CODEX_NN_ARGUMENT: topP/);
  });
});

describe("sampleToken", () => {
  it("takes the token in whose share the uniform number falls", () => {
    const halves = [Math.log(0.5), -Infinity, Math.log(0.25), Math.log(0.25)];
    const chosen = [0, 0.49, 0.5, 0.74, 0.76, 1 - 2 ** -53].map((uniform) => sampleToken(halves, uniform));
    expect(chosen).to.deep.equal([0, 0, 2, 2, 3, 3]);
  });
});

describe("topK and topP", () => {
  /** What they keep, by sorting all. */
  function keptBySorting(weights: readonly number[], topK: number, topP: number): Set<number> {
    const byWeight = weights.map((_, id) => id).sort((a, b) => weights[b]! - weights[a]! || a - b);
    const among = byWeight.slice(0, topK);
    const share = topP * among.reduce((sum, id) => sum + weights[id]!, 0);
    let held = 0;
    const count = among.findIndex((id) => {
      held += weights[id]!;
      return topP < 1 && held >= share;
    });
    return new Set(count < 0 ? among : among.slice(0, count + 1));
  }

  it("keep what a full sort keeps, and draw the same tokens, with ties and without", () => {
    const random = createRandomStream({ seed: 3, use: "sampling", stream: 0, position: 0 });
    for (const [levels, size] of [
      [4, 50],
      [40, 1000],
      [2 ** 30, 2001],
    ] as const) {
      const values = Float32Array.from(
        { length: size },
        () => Math.floor(random.nextUniform() * levels) * (8 / levels),
      );
      const largest = Math.max(...values);
      const weights = [...values].map((value) => Math.exp(value - largest));
      for (const topK of [1, 2, 7, 49, size - 1, size, size + 1]) {
        for (const topP of [0.001, 0.3, 0.9, 0.999, 1]) {
          const kept = keptBySorting(weights, topK, topP);
          const expected = normalized(weights.map((weight, id) => (kept.has(id) ? weight : 0)));
          const what = `${levels} levels, topK ${topK}, topP ${topP}`;
          const actual = samplingProbabilities(values, { topK, topP });
          expect(
            expected.findIndex((probability, id) => probability !== actual[id]),
            what,
          ).to.equal(-1);
          for (const uniform of [0, 0.37, 0.99]) {
            let sum = 0;
            const token = expected.findIndex((probability) => {
              sum += probability;
              return sum > uniform;
            });
            expect(sampleToken(values, uniform, { topK, topP }), what).to.equal(token);
          }
        }
      }
    }
  });
});

describe("createSampler", () => {
  it("draws each token as often as its probability says", () => {
    const sampler = createSampler({ seed: 1 });
    const counts = new Array<number>(5).fill(0);
    for (let draw = 0; draw < 20_000; draw += 1) counts[sampler.next(logits)]! += 1;
    samplingProbabilities(logits).forEach((probability, id) => {
      expect(counts[id]! / 20_000).to.be.closeTo(probability, 0.012);
    });
  });

  it("tells what it will draw of the tokens ahead, and draws nothing by that", () => {
    const options = { seed: 5, stream: 2, temperature: 1.5 };
    const drawn = createSampler(options);
    const told = createSampler(options);
    const expected = Array.from({ length: 20 }, () => drawn.next(logits));
    for (let first = 0; first < 15; first += 1) {
      const ahead = [0, 1, 2, 3, 4].map((distance) => told.peek(logits, distance));
      expect(ahead).to.deep.equal(expected.slice(first, first + 5));
      expect(told.next(logits)).to.equal(expected[first]);
    }
    expect(new Set(expected).size).to.be.greaterThan(2);
  });

  it("repeats itself for a seed and goes on from a position", () => {
    const draw = (sampler: ReturnType<typeof createSampler>, count: number) =>
      Array.from({ length: count }, () => sampler.next(logits));
    const whole = draw(createSampler({ seed: 5 }), 20);
    const first = createSampler({ seed: 5 });
    expect(draw(first, 8)).to.deep.equal(whole.slice(0, 8));
    expect(draw(createSampler({ seed: 5, position: first.position }), 12)).to.deep.equal(whole.slice(8));
    expect(draw(createSampler({ seed: 6 }), 20)).not.to.deep.equal(whole);
  });
});
