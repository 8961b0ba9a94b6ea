import { expect } from "chai";
import { createRandomStream, philox, type RandomStreamState, randomKey, streamOfName } from "codex-nn";

const start: RandomStreamState = { seed: 1337, use: "sampling", stream: 3, position: 0 };

describe("createRandomStream", () => {
  it("gives the words of Philox in order", () => {
    const stream = createRandomStream(start);
    const words = Array.from({ length: 8 }, () => stream.nextUint32());
    const key = randomKey(1337, "sampling");
    expect(words).to.deep.equal([...philox(key, [0, 0, 3, 0]), ...philox(key, [1, 0, 3, 0])]);
  });

  it("goes on from its state as if it had not stopped", () => {
    for (const drawn of [0, 1, 3, 4, 7]) {
      const whole = createRandomStream(start);
      for (let index = 0; index < drawn; index += 1) whole.nextUint32();
      const resumed = createRandomStream(JSON.parse(JSON.stringify(whole.state())));
      for (let index = 0; index < 9; index += 1) expect(resumed.nextUniform()).to.equal(whole.nextUniform());
    }
  });

  it("reaches positions beyond 2^32 blocks", () => {
    const far = createRandomStream({ ...start, position: 2 ** 35 });
    expect(far.nextUint32()).to.equal(philox(randomKey(1337, "sampling"), [0, 2, 3, 0])[0]);
  });

  it("gives uniforms in [0, 1) with the mean of 1/2", () => {
    const stream = createRandomStream(start);
    const values = Array.from({ length: 20_000 }, () => stream.nextUniform());
    expect(Math.min(...values)).to.be.within(0, 1e-3);
    expect(Math.max(...values)).to.be.within(1 - 1e-3, 1 - Number.EPSILON / 2);
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).to.be.closeTo(0.5, 0.01);
  });

  it("refuses a stream or position that is no unsigned integer", () => {
    for (const wrong of [{ position: -1 }, { position: 0.5 }, { stream: -1 }, { stream: 2 ** 32 }]) {
      expect(() => createRandomStream({ ...start, ...wrong })).to.throw(/CODEX_NN_ARGUMENT.*random stream/);
    }
  });
});

describe("randomKey", () => {
  it("splits a seed into words and keeps uses apart", () => {
    const seed = 5 * 2 ** 32 + 4_000_000_000;
    expect(randomKey(seed, "dropout")).to.deep.equal([4_000_000_000, 5]);
    const uses = ["dropout", "initialization", "shuffle", "sampling"] as const;
    expect(new Set(uses.map((use) => randomKey(seed, use).join())).size).to.equal(4);
  });

  it("refuses seeds that are no integers from 0 to 2^53 − 1", () => {
    for (const seed of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => randomKey(seed, "dropout")).to.throw(/CODEX_NN_ARGUMENT: seed is/);
    }
  });
});

describe("streamOfName", () => {
  it("is FNV-1a", () => {
    expect(streamOfName("")).to.equal(0x811c9dc5);
    expect(streamOfName("foobar")).to.equal(0xbf9cf968);
  });
});
