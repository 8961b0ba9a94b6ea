import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import { embedding, linear, squaredSum } from "codex-nn";
import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";
import { type Graph, leavesOf, nodesOf } from "#src/ir/graph.js";
import { floatAttribute, intAttribute } from "#src/ir/value.js";
import { optimizeGraph } from "#src/passes/optimize-graph.js";
import { recordProgram } from "#src/record/record-program.js";
import { operatorsOf, optimized, specs } from "../support/operators-of.js";

const ids = { ids: { shape: [6], dtype: "int32" as const } };

function tiedTable(rows: number, accumulate: boolean): Graph {
  return optimizeGraph(
    recordProgram({
      name: "tied",
      state: specs({ table: [rows, 3], gradient: [rows, 3] }),
      inputs: ids,
      body({ table, gradient }, { ids: tokens }) {
        const logits = (t: tf.Tensor) => linear(embedding(t, tokens!), t, undefined, { transposeWeight: true });
        const fresh = tf.grad((t: tf.Tensor) => tf.sum(tf.square(logits(t))))(table!);
        return { state: { gradient: accumulate ? tf.add(gradient!, fresh) : fresh }, outputs: {} };
      },
    }),
  );
}

describe("optimizeGraph", () => {
  it("records equal expressions once", () => {
    const graph = optimized({ x: [2, 3] }, ({ x }) => tf.add(tf.exp(x!), tf.mul(tf.exp(x!), tf.exp(x!))));
    expect(operatorsOf(graph)).to.deep.equal(["Exp", "Mul", "Add"]);
  });

  it("leaves out what no output needs, inputs too", () => {
    const graph = optimized({ x: [2], unused: [2] }, ({ x, unused }) => {
      tf.exp(unused!);
      return tf.neg(x!);
    });
    expect(operatorsOf(graph)).to.deep.equal(["Neg"]);
    expect(leavesOf(graph)).to.have.length(1);
  });

  it("computes with fills and numbers while it compiles", () => {
    const graph = optimized({ x: [2, 3] }, ({ x }) =>
      tf.add(tf.mul(x!, tf.ones([2, 3])), tf.sum(tf.sub(tf.fill([4], 3), tf.scalar(2)))),
    );
    expect(operatorsOf(graph)).to.deep.equal(["Add"]);
    const sources = leavesOf(graph).map(({ source }) => source);
    expect(sources).to.deep.include({ kind: "fill", value: 4 });
  });

  it("takes a sum of sums at once", () => {
    const graph = optimized({ a: [3, 40], b: [7], c: [2, 33] }, ({ a, b, c }) =>
      tf.addN([squaredSum(a!), squaredSum(b!), squaredSum(c!)]),
    );
    expect(operatorsOf(graph).filter((op) => op !== "Reshape")).to.deep.equal([
      ...Array<string>(3).fill("FusedMatMul"),
      "Concat",
      "ReduceSum",
    ]);
  });

  it("folds factors on either side into a product", () => {
    const graph = optimized({ a: [2, 3], b: [3, 4] }, ({ a, b }) =>
      tf.div(tf.reshape(tf.mul(tf.matMul(tf.mul(a!, 6), b!), 0.5), [8]), 4),
    );
    expect(operatorsOf(graph)).to.deep.equal(["Gemm", "Reshape"]);
    expect(floatAttribute(nodesOf(graph)[0]!, "alpha", 1)).to.equal(0.75);
  });

  it("keeps a factor apart when the product is read unscaled too", () => {
    const graph = optimized({ a: [2, 3], b: [3, 4] }, ({ a, b }) => {
      const product = tf.matMul(a!, b!);
      return tf.concat([product, tf.mul(product, 2)], 0);
    });
    expect(operatorsOf(graph)).to.deep.equal(["Gemm", "Mul", "Concat"]);
  });

  it("reads transposed operands in the product", () => {
    const graph = optimized({ a: [3, 2], b: [4, 3] }, ({ a, b }) => tf.matMul(tf.transpose(a!), tf.transpose(b!)));
    const [gemm] = nodesOf(graph);
    expect(operatorsOf(graph)).to.deep.equal(["Gemm"]);
    expect([intAttribute(gemm!, "transA", 0), intAttribute(gemm!, "transB", 0)]).to.deep.equal([1, 1]);
  });

  it("cancels movements that undo each other", () => {
    const graph = optimized({ x: [2, 3, 4] }, ({ x }) => {
      const there = tf.reshape(tf.transpose(tf.neg(x!), [2, 0, 1]), [4, 6]);
      return tf.transpose(tf.reshape(tf.concat(tf.split(there, 2, 1), 1), [4, 2, 3]), [1, 2, 0]);
    });
    expect(operatorsOf(graph)).to.deep.equal(["Neg"]);
  });

  it("turns the places of the most, not what they are of", async () => {
    const find = (x: tf.Tensor) => tf.argMax(tf.transpose(x, [1, 2, 0]), 1);
    const graph = optimized({ x: [2, 3, 4] }, ({ x }) => find(x!));
    expect(operatorsOf(graph)).to.deep.equal(["ArgMax", "Transpose", "Cast"]);
    expect(nodesOf(graph).map(({ outputs }) => outputs[0]!.shape)).to.deep.equal([
      [2, 3],
      [3, 2],
      [3, 2],
    ]);
    const backend = await createOnnxBackend(computeOnnxOptions.parse({}));
    const program = await backend.compile({
      name: "find",
      state: {},
      inputs: specs({ x: [2, 3, 4] }),
      body: (_, { x }) => ({ outputs: { y: find(x!) } }),
    });
    const values = Float32Array.from({ length: 24 }, (_, index) => (index * 7) % 11);
    const { y } = await program.run({ x: values });
    await backend.dispose();
    const at = (i: number, j: number) => [0, 1, 2, 3].map((k) => values[(i * 3 + j) * 4 + k]!);
    const expected = [0, 1, 2].flatMap((j) => [0, 1].map((i) => at(i, j).indexOf(Math.max(...at(i, j)))));
    expect([...y!]).to.deep.equal(expected);
  });

  it("scales the narrow side of products with a row-scaled wide matrix", () => {
    const graph = optimized({ wide: [3, 40], rows: [3, 1], b: [40, 2] }, ({ wide, rows, b }) =>
      tf.matMul(tf.mul(wide!, rows!), b!),
    );
    expect(operatorsOf(graph)).to.deep.equal(["Gemm", "Mul"]);
    expect(nodesOf(graph)[1]!.outputs[0]!.shape).to.deep.equal([3, 2]);
  });

  it("starts the product from the state that it is added to", () => {
    const graph = optimizeGraph(
      recordProgram({
        name: "accumulate",
        state: specs({ g: [2, 4] }),
        inputs: specs({ a: [2, 3], b: [3, 4] }),
        body: ({ g }, { a, b }) => ({ state: { g: tf.add(g!, tf.matMul(a!, b!)) }, outputs: {} }),
      }),
    );
    expect(operatorsOf(graph)).to.deep.equal(["Gemm"]);
    expect(nodesOf(graph)[0]!.inputs).to.have.length(3);
  });

  for (const accumulate of [false, true]) {
    it(`scatters a tied table's rows onto the head's gradient${accumulate ? " and the state" : ""}`, () => {
      const nodes = nodesOf(tiedTable(700, accumulate));
      const scatter = nodes.find(({ op }) => op === "ScatterElements");
      const base = scatter?.inputs[0]?.source;
      expect(base?.kind === "node" && base.node.op).to.equal("Gemm");
      expect(base?.kind === "node" && base.node.inputs.length).to.equal(accumulate ? 3 : 2);
      expect(nodes.filter(({ op, outputs }) => op === "Add" && outputs[0]!.shape[0] === 700)).to.deep.equal([]);
    });

    it(`adds the products of a small tied table in Gemm${accumulate ? ", state too" : ""}`, () => {
      const nodes = nodesOf(tiedTable(9, accumulate));
      expect(nodes.filter(({ op }) => op === "ScatterElements" || op === "Add")).to.deep.equal([]);
    });
  }
});
