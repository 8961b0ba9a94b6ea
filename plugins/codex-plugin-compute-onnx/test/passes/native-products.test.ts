import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import { embedding, gelu, linear } from "codex-nn";
import { nodesOf } from "#src/ir/graph.js";
import { findAliases } from "#src/passes/find-aliases.js";
import { optimizeGraph } from "#src/passes/optimize-graph.js";
import { recordProgram } from "#src/record/record-program.js";
import { cpuTarget } from "#src/target/target.js";
import { specs } from "../support/operators-of.js";

type Named = { readonly [name: string]: tf.Tensor };

const shapes = { x: [32, 20], w: [20, 24], b: [24], r: [32, 24], v: [24, 20] };

/** Operators, with the domain of native ones and which optional inputs they have, of a program on native operators. */
function compiled(
  body: (inputs: Named) => tf.Tensor | readonly tf.Tensor[],
  inputs: { readonly [name: string]: number[] } = shapes,
) {
  const graph = optimizeGraph(
    recordProgram(
      {
        name: "test",
        state: {},
        inputs: specs(inputs),
        body: (_, tensors) => {
          const results = [body(tensors)].flat() as tf.Tensor[];
          return { outputs: Object.fromEntries(results.map((result, index) => [`y${index}`, result])) };
        },
      },
      { ...cpuTarget, native: true },
    ),
  );
  return nodesOf(graph).map(({ op, domain, inputs }) => {
    const present = inputs.slice(2).map((input) => (input ? 1 : 0));
    return op.startsWith("Gemm") ? `${domain}.${op}[${present}]` : `${domain}.${op}`;
  });
}

describe("nativeProductRules", () => {
  it("takes a bias and a residual into the product, through a reshape too", () => {
    expect(compiled(({ x, w, b }) => linear(x!, w!, b! as tf.Tensor1D))).to.deep.equal(["codex.Gemm[1]"]);
    expect(compiled(({ x, w, b, r }) => tf.add(r!, linear(x!, w!, b! as tf.Tensor1D)))).to.deep.equal([
      "codex.Gemm[1,1]",
    ]);
    const reshaped = compiled(({ x, w, r }) =>
      tf.add(tf.reshape(r!, [4, 8, 24]), tf.reshape(linear(x!, w!), [4, 8, 24])),
    );
    expect(reshaped.filter((op) => op !== ".Reshape")).to.deep.equal(["codex.Gemm[0,1]"]);
  });

  it("keeps a sum apart when the product is read without it too", () => {
    const operators = compiled(({ x, w, r }) => {
      const product = linear(x!, w!);
      return [tf.add(product, r!), product];
    });
    expect(operators).to.deep.equal([".Gemm[]", ".Add"]);
  });

  it("takes GELU into the product where its gradient needs what it is taken of", () => {
    const operators = compiled(({ x, w, b, v }) => {
      const loss = (...[weight]: tf.Tensor[]) =>
        tf.sum(linear(gelu(linear(x!, weight!, b! as tf.Tensor1D)), v!)) as tf.Scalar;
      const { value, grads } = tf.valueAndGrads(loss)([w!]);
      return [value, grads[0]!];
    });
    expect(operators.filter((op) => op === "codex.GemmGelu[1]")).to.have.length(1);
    expect(operators).not.to.include("codex.Gelu");
    expect(operators).to.include("codex.GeluGradient");
    expect(compiled(({ x, w }) => gelu(linear(x!, w!)))).to.deep.equal([".Gemm[]", "codex.Gelu"]);
  });

  for (const [rows, operator] of [
    [1, "codex.Gemm[]"],
    [8, "codex.Gemm[]"],
    [9, ".Gemm[]"],
    [15, ".Gemm[]"],
  ] as const) {
    it(`takes ${operator} for a product of ${rows} rows`, () => {
      expect(compiled(({ x, w }) => linear(tf.slice(x!, [0, 0], [rows, 20]), w!)).at(-1)).to.equal(operator);
    });
  }

  it("leaves a product that takes nothing in to ONNX Runtime where its rows are few for what packing costs", () => {
    const product = (rows: number, bias: boolean) =>
      compiled(({ x, w, b }) => linear(x!, w!, bias ? (b as tf.Tensor1D) : undefined), {
        x: [rows, 2048],
        w: [2048, 2048],
        b: [2048],
      });
    expect(product(63, false)).to.deep.equal([".Gemm[]"]);
    expect(product(63, true)).to.deep.equal(["codex.Gemm[1]"]);
    expect(product(512, false)).to.deep.equal(["codex.Gemm[]"]);
  });

  it("starts from the state that a product is added to, and writes over it", () => {
    const graph = optimizeGraph(
      recordProgram(
        {
          name: "accumulate",
          state: specs({ g: [20, 24] }),
          inputs: specs({ x: [32, 20], r: [32, 24] }),
          body: ({ g }, { x, r }) => ({ state: { g: tf.add(g!, tf.matMul(x!, r!, true, false)) }, outputs: {} }),
        },
        { ...cpuTarget, native: true },
      ),
    );
    const [product] = nodesOf(graph);
    expect(product).to.include({ op: "Gemm", domain: "codex" });
    expect(product!.inputs[3]!.source).to.include({ kind: "input", of: "state" });
    expect(findAliases(graph)).to.deep.equal([{ output: "new:g", input: "state:g" }]);
  });

  it("adds an embedding's rows to the product that is its table's gradient as a head, over state in place", () => {
    const gradient = (table: tf.Tensor, x: tf.Tensor, ids: tf.Tensor) =>
      tf.grad((t: tf.Tensor) => tf.add(tf.sum(tf.exp(embedding(t, ids))), tf.sum(linear(x, tf.transpose(t)))))(table);
    const graph = optimizeGraph(
      recordProgram(
        {
          name: "tied",
          state: specs({ g: [40, 20] }),
          inputs: { ...specs({ table: [40, 20], x: [32, 20] }), ids: { dtype: "int32", shape: [2, 8] } },
          body: ({ g }, { table, x, ids }) => ({ state: { g: tf.add(g!, gradient(table!, x!, ids!)) }, outputs: {} }),
        },
        { ...cpuTarget, native: true },
      ),
    );
    const tables = nodesOf(graph).filter(({ outputs }) => outputs[0]!.shape.join() === "40,20");
    const product = tables.find(({ op }) => op === "GemmWithRows");
    expect(product?.domain).to.equal("codex");
    expect(product!.inputs[2]!.source).to.include({ kind: "input", of: "state" });
    expect(tables.map(({ op }) => op)).to.not.include.members(["EmbeddingGradientOnto"]);
    expect(findAliases(graph)).to.deep.equal([{ output: "new:g", input: "state:g" }]);
  });
});
