import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import { randomFloats, runOnce } from "codex-nn/testing";
import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";
import { nodesOf } from "#src/ir/graph.js";
import { intAttribute } from "#src/ir/value.js";
import { operatorsOf, optimized } from "../support/operators-of.js";

const count = 2048;
const product = ({ a, b }: { readonly [name: string]: tf.Tensor }) => tf.matMul(a!, b!, true, false);

describe("layOutProductRules", () => {
  it("turns the smaller operand of a large product with a transposed left operand", () => {
    const first = optimized({ a: [count, 300], b: [count, 1024] }, product);
    expect(operatorsOf(first)).to.deep.equal(["Reshape", "Transpose", "Reshape", "Gemm"]);
    const second = optimized({ a: [count, 1024], b: [count, 300] }, product);
    expect(operatorsOf(second).filter((op) => op !== "Reshape")).to.deep.equal(["Transpose", "Gemm", "Transpose"]);
    for (const graph of [first, second]) {
      const gemm = nodesOf(graph).find(({ op }) => op === "Gemm")!;
      expect(intAttribute(gemm, "transA", 0)).to.equal(0);
    }
  });

  it("leaves small products as they are", () => {
    expect(operatorsOf(optimized({ a: [64, 30], b: [64, 40] }, product))).to.deep.equal(["Gemm"]);
  });

  it("sums the rows of a matrix by a product with ones", () => {
    expect(operatorsOf(optimized({ x: [64, 3] }, ({ x }) => tf.sum(x!, 0)))).to.deep.equal(["Gemm", "Reshape"]);
    expect(operatorsOf(optimized({ x: [3, 64] }, ({ x }) => tf.sum(x!, 1)))).to.deep.equal(["ReduceSum"]);
  });

  it("computes turned products as products", async () => {
    const backend = await createOnnxBackend(computeOnnxOptions.parse({ threads: 2 }));
    try {
      for (const [rows, columns] of [
        [300, 1024],
        [1024, 300],
      ] as const) {
        const [a, b] = [randomFloats([count, rows], 1), randomFloats([count, columns], 2)];
        const { y } = await runOnce(backend, { a, b }, (inputs) => ({ y: product(inputs) }));
        for (const [i, j] of [
          [0, 0],
          [rows - 1, 7],
          [11, columns - 1],
        ] as const) {
          const expected = Array.from({ length: count }, (_, n) => a.data[n * rows + i]! * b.data[n * columns + j]!);
          expect(y![i * columns + j]).to.be.closeTo(
            expected.reduce((sum, value) => sum + value, 0),
            1e-3,
          );
        }
      }
    } finally {
      await backend.dispose();
    }
  });
});
