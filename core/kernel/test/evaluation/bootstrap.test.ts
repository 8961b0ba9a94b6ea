import { expect } from "chai";
import { fakeMetric } from "codex-core/testing";
import { bootstrap } from "#src/evaluation/bootstrap.js";
import { MetricTally } from "#src/evaluation/metric-tally.js";
import { RandomWords } from "#src/evaluation/random-words.js";

const { signal } = new AbortController();

/** A tally of the mean of values, each an item of its own. */
function tallyOf(values: readonly number[], keepsUnits = true): MetricTally {
  const tally = new MetricTally("mean", fakeMetric("tokens"), { prefix: "eval/", where: "config", keepsUnits });
  for (const value of values) {
    tally.add({ logProbabilities: [-value], ranks: [0], confidences: [1], byteCount: 1, wordCount: 1 });
  }
  return tally;
}

describe("bootstrap", () => {
  const values = new RandomWords(1, "values").below(1000, 400);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;

  it("gives an interval as wide as the normal approximation, around the value", async () => {
    const { "eval/mean": interval } = await bootstrap(tallyOf([...values]), { samples: 2000, seed: 1, signal });
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    const half = (1.96 * deviation) / Math.sqrt(values.length);
    expect(interval!.low).to.be.closeTo(mean - half, half / 10);
    expect(interval!.high).to.be.closeTo(mean + half, half / 10);
  });

  it("gives the same for the same seed, another for another", async () => {
    const of = (seed: number) => bootstrap(tallyOf([...values]), { samples: 100, seed, signal });
    expect(await of(7)).to.deep.equal(await of(7));
    expect(await of(8)).to.not.deep.equal(await of(7));
  });

  it("is as wide when neighbours share a unit, because there were too many items", async () => {
    const many = [...new RandomWords(2, "values").below(1000, 9000)];
    const tally = tallyOf(many);
    expect(tally.unitCount).to.be.within(1000, 2000);
    expect(tally.values()).to.deep.equal(tallyOf(many, false).values());
    const { "eval/mean": interval } = await bootstrap(tally, { samples: 500, seed: 1, signal });
    const width = interval!.high - interval!.low;
    expect(width).to.be.closeTo((2 * 1.96 * 1000) / Math.sqrt(12 * 9000), 1.5);
  });

  it("is the value itself where all items are equal, and NaN where there are none", async () => {
    const settings = { samples: 10, seed: 1, signal };
    expect(await bootstrap(tallyOf([3, 3, 3]), settings)).to.deep.equal({ "eval/mean": { low: 3, high: 3 } });
    expect(await bootstrap(tallyOf([]), settings)).to.deep.equal({
      "eval/mean": { low: Number.NaN, high: Number.NaN },
    });
  });

  it("stops with the signal's reason", async () => {
    const reason = new Error("stopped");
    const settings = { samples: 10, seed: 1, signal: AbortSignal.abort(reason) };
    expect(await bootstrap(tallyOf([1]), settings).catch((error) => error)).to.equal(reason);
  });
});

describe("RandomWords", () => {
  it("are the key stream of AES in counter mode, and go on where they were", () => {
    const [whole, parts] = [new RandomWords(3, "a"), new RandomWords(3, "a")];
    const words = [...whole.below(2 ** 32, 6)];
    expect([...parts.below(2 ** 32, 2), ...parts.below(2 ** 32, 4)]).to.deep.equal(words);
    // printf "a 3" | sha256sum gives the key; openssl enc -aes-128-ctr of 24 zeros, with an iv of zeros, these.
    expect(words).to.deep.equal([1684753877, 2185100785, 1266719220, 3635581648, 2316420549, 2301942937]);
    expect([...new RandomWords(3, "b").below(2 ** 32, 6)]).to.not.deep.equal(words);
  });

  it("reach all places evenly", () => {
    const counts = new Array(10).fill(0);
    for (const place of new RandomWords(5, "even").below(10, 20_000)) counts[place]++;
    for (const count of counts) expect(count).to.be.closeTo(2000, 200);
  });
});
