import { expect } from "chai";
import { randomFloats } from "codex-nn/testing";
import { float } from "#src/ir/value.js";
import { instructionSets, kernelChooser } from "../support/instruction-sets.js";
import { runNativeOperator } from "../support/native-operator.js";

const [heads, width, capacity, scale] = [3, 20, 37, 0.3];

const floats = (shape: readonly number[], seed: number) => ({
  shape,
  data: randomFloats(shape, seed).data as Float32Array,
});
type Tensor = ReturnType<typeof floats>;

/** Tokens `from` to `to` of all that are given. */
const part = ({ shape, data }: Tensor, from: number, to: number): Tensor => {
  const size = data.length / shape[0]!;
  return { shape: [to - from, ...shape.slice(1)], data: data.slice(from * size, to * size) };
};

function attend(rows: readonly Tensor[], caches: readonly Tensor[], position: readonly number[], threads = 2) {
  const at = { shape: [position.length], data: Int32Array.from(position) };
  return runNativeOperator({
    op: "CachedAttention",
    inputs: [...rows, ...caches, at],
    outputs: [rows[0]!.shape, caches[0]!.shape, caches[1]!.shape],
    attributes: { scale: float(scale) },
    threads,
  });
}

/** In float64. */
function expected(
  [q, k, v]: readonly Tensor[],
  [keyCache, valueCache]: readonly Tensor[],
  position: readonly number[],
) {
  const [count, batch] = q!.shape as [number, number];
  const [keys, values] = [Float64Array.from(keyCache!.data), Float64Array.from(valueCache!.data)];
  const y = new Float64Array(q!.data.length);
  for (let lane = 0; lane < batch * heads; lane++) {
    const first = position[Math.floor(lane / heads)]!;
    const fresh = (token: number) => (token * batch * heads + lane) * width;
    const cached = (place: number) => (lane * capacity + place) * width;
    for (let token = 0; token < count; token++) {
      keys.set(k!.data.subarray(fresh(token), fresh(token) + width), cached(first + token));
      values.set(v!.data.subarray(fresh(token), fresh(token) + width), cached(first + token));
    }
    for (let token = 0; token < count; token++) {
      const weights = Array.from({ length: first + token + 1 }, (_, place) => {
        let score = 0;
        for (let d = 0; d < width; d++) score += keys[cached(place) + d]! * q!.data[fresh(token) + d]!;
        return Math.exp(scale * score);
      });
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (const [place, weight] of weights.entries()) {
        for (let d = 0; d < width; d++) y[fresh(token) + d]! += (weight / total) * values[cached(place) + d]!;
      }
    }
  }
  return [y, keys, values];
}

describe("native attention over caches", () => {
  let choose: (name: string) => number;
  before(async () => {
    choose = await kernelChooser();
  });
  after(() => choose(""));

  for (const set of instructionSets) {
    it(`equals float64 with ${set} kernels, the same bits for tokens together and one by one`, async function () {
      if (!choose(set)) return this.skip(); // this processor or architecture does not have it
      for (const position of [[0], [16, 3], [32, 0]]) {
        const rows = [1, 2, 3].map((seed) => floats([5, position.length, heads, width], seed));
        const caches = [4, 5].map((seed) => floats([position.length, heads, capacity, width], seed));
        const together = await attend(rows, caches, position);
        for (const [output, exact] of expected(rows, caches, position).entries()) {
          for (const [index, value] of exact.entries()) {
            expect(together[output]![index], `output ${output}`).to.be.closeTo(value, 2e-6);
          }
        }
        let grown = caches;
        for (let token = 0; token < 5; token++) {
          const own = rows.map((tensor) => part(tensor, token, token + 1));
          const places = position.map((place) => place + token);
          const [y, keys, values] = await attend(own, grown, places, 1 + (token % 4));
          expect(y).to.deep.equal(part({ ...rows[0]!, data: together[0]! }, token, token + 1).data);
          grown = [keys!, values!].map((data) => ({ shape: caches[0]!.shape, data }));
        }
        expect(grown.map(({ data }) => data)).to.deep.equal(together.slice(1));
      }
    });
  }
});
