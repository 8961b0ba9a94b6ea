import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import type { Program } from "codex-core";
import { cachedAttention, createAdamW } from "codex-nn";
import { findAliases } from "#src/passes/find-aliases.js";
import { optimizeGraph } from "#src/passes/optimize-graph.js";
import { recordProgram } from "#src/record/record-program.js";
import { cpuTarget } from "#src/target/target.js";
import { specs } from "../support/operators-of.js";

function aliasesOf(body: Program<tf.Tensor>["body"]): readonly string[] {
  const state = specs({ a: [4, 4], b: [4, 4] });
  const graph = optimizeGraph(recordProgram({ name: "aliases", state, inputs: specs({ x: [4, 4] }), body }));
  return findAliases(graph).map(({ input }) => input);
}

const outputs = {};

describe("findAliases", () => {
  it("lets an elementwise update write over what it reads", () => {
    expect(aliasesOf(({ a }, { x }) => ({ state: { a: tf.sub(a!, tf.mul(x!, a!)) }, outputs }))).to.deep.equal([
      "state:a",
    ]);
  });

  it("keeps the old state apart when a reader does not lead to the writer", () => {
    expect(
      aliasesOf(({ a }, { x }) => ({ state: { a: tf.add(a!, x!) }, outputs: { seen: tf.exp(a!) } })),
    ).to.deep.equal([]);
  });

  it("follows readers through views", () => {
    expect(
      aliasesOf(({ a }, { x }) => ({
        state: { a: tf.add(a!, x!) },
        outputs: { seen: tf.exp(tf.reshape(a!, [16])) },
      })),
    ).to.deep.equal([]);
  });

  it("lets no product write over its own operand", () => {
    expect(aliasesOf(({ a }, { x }) => ({ state: { a: tf.matMul(a!, x!) }, outputs }))).to.deep.equal([]);
  });

  it("lets a product start from the state that it renews", () => {
    expect(aliasesOf(({ a }, { x }) => ({ state: { a: tf.add(a!, tf.matMul(x!, x!)) }, outputs }))).to.deep.equal([
      "state:a",
    ]);
  });

  it("lets a writer wait for a reader that it depends on", () => {
    expect(
      aliasesOf(({ a }, { x }) => {
        const product = tf.matMul(a!, x!);
        return { state: { a: tf.add(a!, tf.exp(product)) }, outputs: { product } };
      }),
    ).to.deep.equal(["state:a"]);
  });

  it("keeps states apart that change places, and state that is an output as it was", () => {
    expect(aliasesOf(({ a, b }) => ({ state: { a: b!, b: a! }, outputs }))).to.deep.equal([]);
    expect(aliasesOf(({ a }, { x }) => ({ state: { a: tf.add(a!, x!) }, outputs: { old: a! } }))).to.deep.equal([]);
  });

  it("lets each output of AdamW write over its own operand alone", () => {
    const names = ["parameter", "gradient", "exp_avg", "exp_avg_sq"];
    const aliasesWhere = (next: (made: readonly tf.Tensor[]) => readonly tf.Tensor[]) => {
      const program: Program<tf.Tensor> = {
        name: "update",
        state: specs(Object.fromEntries(names.map((name) => [name, [4, 4]]))),
        inputs: specs({ decayFactor: [], stepSize: [], inverseRootCorrection: [] }),
        body(state, scalars) {
          const slots = { exp_avg: state.exp_avg!, exp_avg_sq: state.exp_avg_sq! };
          const own = { parameter: state.parameter!, slots };
          const made = createAdamW().update("w", own, state.gradient!, scalars);
          const [parameter, exp_avg, exp_avg_sq] = next([made.parameter, made.slots.exp_avg!, made.slots.exp_avg_sq!]);
          return { state: { parameter: parameter!, exp_avg: exp_avg!, exp_avg_sq: exp_avg_sq! }, outputs };
        },
      };
      return findAliases(optimizeGraph(recordProgram(program, { ...cpuTarget, native: true })));
    };
    const own = ["state:parameter", "state:exp_avg", "state:exp_avg_sq"];
    expect(aliasesWhere((made) => made).map(({ input }) => input)).to.have.members(own);
    expect(aliasesWhere(([parameter, first, second]) => [first!, second!, parameter!])).to.deep.equal([]);
  });

  describe("of key/value caches", () => {
    /** Attention of one new token over caches, with what else the body makes of them. */
    function cacheAliases(width: number, more: (keys: tf.Tensor) => { readonly [name: string]: tf.Tensor }) {
      const state = specs({ keys: [2, 3, 7, width], values: [2, 3, 7, width] });
      const inputs = { ...specs({ x: [1, 2, 3, width] }), at: { shape: [2], dtype: "int32" as const } };
      const graph = optimizeGraph(
        recordProgram({
          name: "cache",
          state,
          inputs,
          body({ keys, values }, { x, at }) {
            const { y, keyCache, valueCache } = cachedAttention(x!, x!, x!, keys!, values!, at);
            return { state: { keys: keyCache, values: valueCache }, outputs: { y, ...more(keys!) } };
          },
        }),
      );
      return findAliases(graph).map(({ input }) => input);
    }

    for (const width of [5, 8]) {
      it(`writes rows of width ${width} in place`, () => {
        expect(cacheAliases(width, () => ({}))).to.deep.equal(["state:keys", "state:values"]);
      });

      it(`keeps a cache of width ${width} apart that is read beside`, () => {
        expect(cacheAliases(width, (keys) => ({ seen: tf.exp(keys) }))).to.deep.equal(["state:values"]);
      });
    }

    it("keeps caches apart that change places", () => {
      const state = specs({ keys: [2, 3, 7, 8], values: [2, 3, 7, 8] });
      const graph = recordProgram({
        name: "cache",
        state,
        inputs: specs({ x: [1, 2, 3, 8] }),
        body({ keys, values }, { x }) {
          const { y, keyCache, valueCache } = cachedAttention(x!, x!, x!, keys!, values!);
          return { state: { keys: valueCache, values: keyCache }, outputs: { y } };
        },
      });
      expect(findAliases(optimizeGraph(graph))).to.deep.equal([]);
    });
  });
});
