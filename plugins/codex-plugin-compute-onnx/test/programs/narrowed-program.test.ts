import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import type { CompiledProgram, Program } from "codex-core";
import { linear } from "codex-nn";
import { randomFloats } from "codex-nn/testing";
import { computeOnnxOptions, createOnnxBackend, type OnnxBackend } from "codex-plugin-compute-onnx";

const [depth, columns] = [70, 90];
const matrix = { shape: [depth, columns], dtype: "float32" as const };

/** x · w and that · wᵀ; w is read as it lies and turned. */
const products = (weights?: "int8"): Program<tf.Tensor> => ({
  name: weights ?? "exact",
  state: { "parameter/w": matrix },
  inputs: { x: { shape: [1, depth], dtype: "float32" } },
  ...(weights && { weights }),
  body(state, { x }) {
    const w = state["parameter/w"]!;
    const y = linear(x!, w);
    return { outputs: { y, back: linear(y, w, undefined, { transposeWeight: true }) } };
  },
});

/** w ← w · factor, element by element. */
const scaling: Program<tf.Tensor> = {
  name: "scaling",
  state: { "parameter/w": matrix },
  inputs: { factor: { shape: [1, 1], dtype: "float32" } },
  body: (state, { factor }) => ({ state: { "parameter/w": tf.mul(state["parameter/w"]!, factor!) }, outputs: {} }),
};

describe("a program with weights of 8 bits", () => {
  const x = randomFloats([1, depth], 1).data as Float32Array;
  let backend: OnnxBackend;
  beforeEach(async () => {
    backend = await createOnnxBackend(computeOnnxOptions.parse({ threads: 2 }));
    await write(7);
  });
  afterEach(() => backend.dispose());

  const write = (seed: number) =>
    backend.writeState({ "parameter/w": { ...matrix, data: randomFloats(matrix.shape, seed).data } });

  /** The largest error of what the narrow program gives, beside the largest value. */
  async function errorOf(narrow: CompiledProgram): Promise<number> {
    const exact = await backend.compile(products());
    const [near, right] = [await narrow.run({ x }), await exact.run({ x })];
    await exact.dispose();
    const errors = Object.entries(right).map(([name, values]) => {
      const largest = Math.max(...Array.from(values, Math.abs));
      return Math.max(...Array.from(values, (value, index) => Math.abs(value - near[name]![index]!))) / largest;
    });
    return Math.max(...errors);
  }

  it("gives nearly the same, and never the same", async () => {
    const error = await errorOf(await backend.compile(products("int8")));
    expect(error).to.be.within(1e-5, 0.02);
  });

  it("follows its weights: written by hand, by a program, released and written anew", async () => {
    const narrow = await backend.compile(products("int8"));
    expect(await errorOf(narrow)).to.be.lessThan(0.02);
    await write(8);
    expect(await errorOf(narrow)).to.be.lessThan(0.02);
    const scale = await backend.compile(scaling);
    await scale.run({ factor: Float32Array.of(-3) });
    expect(await errorOf(narrow)).to.be.lessThan(0.02);
    await backend.releaseState(["parameter/w"]);
    await write(9);
    expect(await errorOf(narrow)).to.be.lessThan(0.02);
  });

  it("keeps what it made for another such program, and frees it with the last", async () => {
    const names = ["int8/parameter/w", "int8-transposed/parameter/w"];
    const first = await backend.compile(products("int8"));
    const second = await backend.compile({ ...products("int8"), name: "second" });
    await first.dispose();
    expect(await errorOf(second)).to.be.lessThan(0.02);
    const held = await backend.readState(names);
    expect(held[names[0]!]!.shape).to.deep.equal([2, 64 + 16 * depth]);
    expect(held[names[1]!]!.shape).to.deep.equal([2, 64 + 16 * columns]);
    await second.dispose();
    for (const name of names) {
      const error = await backend.readState([name]).catch((reason: unknown) => reason);
      expect(error).to.have.property("code", "CODEX_COMPUTE_UNKNOWN_STATE");
    }
  });

  it("computes with the weights as they are on stock operators, which offer no drafts", async () => {
    const stock = await createOnnxBackend(computeOnnxOptions.parse({ native: false }));
    try {
      expect(stock.drafts).to.equal(undefined);
      expect(backend.drafts).to.deep.equal({ rows: 8 });
      await stock.writeState(await backend.readState(["parameter/w"]));
      const [narrow, exact] = [await stock.compile(products("int8")), await stock.compile(products())];
      expect(await narrow.run({ x })).to.deep.equal(await exact.run({ x }));
    } finally {
      await stock.dispose();
    }
  });
});
