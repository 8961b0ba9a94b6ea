import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import "codex-nn";
import { useCpu } from "../support/eager-cpu-backend.js";

const gradients = (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, a: tf.Tensor, b: tf.Tensor) =>
  tf
    .grads((x, y) => tf.sum(f(x!, y!)))([a, b])
    .map((gradient) => [...gradient.dataSync()]);

describe("gradients beside tfjs-core's own", () => {
  before(useCpu);

  it("give the whole gradient to the first where both sides are equal", () => {
    const [a, b] = [tf.tensor1d([1, 2, 3]), tf.tensor1d([2, 2, 2])];
    expect(gradients(tf.maximum, a, b)).to.deep.equal([
      [0, 1, 1],
      [1, 0, 0],
    ]);
    expect(gradients(tf.minimum, a, b)).to.deep.equal([
      [1, 1, 0],
      [0, 0, 1],
    ]);
  });

  it("add up over axes that broadcasting stretched", () => {
    const [a, b] = [
      tf.tensor2d([
        [1, 5],
        [3, 0],
      ]),
      tf.scalar(2),
    ];
    expect(gradients(tf.maximum, a, b)).to.deep.equal([[0, 1, 1, 0], [2]]);
    expect(gradients(tf.minimum, a, b)).to.deep.equal([[1, 0, 0, 1], [2]]);
    expect(gradients(tf.squaredDifference, a, b)).to.deep.equal([[-2, 6, 2, -4], [-2]]);
  });

  it("pass around every comparison of what is differentiated", () => {
    const [a, b] = [tf.tensor1d([1, 2, 3]), tf.tensor1d([2, 2, 2])];
    const comparisons = [tf.equal, tf.notEqual, tf.greater, tf.greaterEqual, tf.less, tf.lessEqual];
    for (const compare of comparisons) {
      const holds = [...compare(a, b).dataSync()];
      const chosen = (x: tf.Tensor, y: tf.Tensor) => tf.where(compare(x, y), tf.mul(x, 3), y);
      const inverted = (x: tf.Tensor, y: tf.Tensor) => tf.where(tf.logicalNot(compare(x, y)), y, tf.mul(x, 3));
      const expected = [holds.map((value) => 3 * value), holds.map((value) => 1 - value)];
      expect(gradients(chosen, a, b)).to.deep.equal(expected);
      expect(gradients(inverted, a, b)).to.deep.equal(expected);
    }
    const between = (x: tf.Tensor, y: tf.Tensor) =>
      tf.where(tf.logicalAnd(tf.logicalOr(tf.less(x, y), tf.equal(x, y)), tf.greater(x, 1)), x, tf.zerosLike(x));
    expect(gradients(between, a, b)).to.deep.equal([
      [0, 1, 0],
      [0, 0, 0],
    ]);
  });
});
