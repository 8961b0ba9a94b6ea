import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import type { PackedLayout } from "codex-core";
import { idsTensor, tinyModel, vocabSize, withModel } from "./support/eager-model.js";

const first = [3, 1, 4];
const second = [9, 2, 6];
const firstTargets = [1, 4, 1];
const secondTargets = [2, 6, 5];
const padding = 0;

const layout = (): PackedLayout<tf.Tensor> => ({
  positionIds: idsTensor([[0, 1, 2, 0, 1, 2, 0]]),
  segmentIds: idsTensor([[0, 0, 0, 1, 1, 1, -1]]),
});

const packed = (a: readonly number[], b: readonly number[]) => idsTensor([[...a, ...b, padding]]);

const gap = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] ?? Number.NaN))), 0);

describe("BoundGpt over packed rows", () => {
  it("gives a document the logits that it has alone", async () => {
    const tiny = await tinyModel();
    const [together, ...alone] = withModel(tiny, { training: false }, (bound) => [
      bound.logits(packed(first, second), layout()).dataSync(),
      bound.logits(idsTensor([first])).dataSync(),
      bound.logits(idsTensor([second])).dataSync(),
    ]);
    for (const [index, logits] of alone.entries()) {
      const start = index * 3 * vocabSize;
      expect(gap(together?.subarray(start, start + 3 * vocabSize) ?? [], logits)).to.be.lessThan(1e-6);
    }
    expect(together?.every(Number.isFinite)).to.equal(true);
  });

  it("lets nothing of a document into another's logits, not a bit", async () => {
    const tiny = await tinyModel();
    const logitsOf = (a: readonly number[], b: readonly number[]) =>
      withModel(tiny, { training: false }, (bound) => bound.logits(packed(a, b), layout()).dataSync());
    const before = logitsOf(first, second);
    const half = 3 * vocabSize;
    const otherFirst = logitsOf([7, 8, 10], second);
    const otherSecond = logitsOf(first, [7, 8, 10]);
    expect(otherFirst.subarray(half)).to.deep.equal(before.subarray(half));
    expect(otherSecond.subarray(0, half)).to.deep.equal(before.subarray(0, half));
    expect(gap(otherFirst.subarray(0, half), before.subarray(0, half))).to.be.greaterThan(0.01);
  });

  it("has the gradients of its documents, added up", async () => {
    const { model, values } = await tinyModel();
    const names = Object.keys(model.parameters);
    const gradientsOf = (ids: tf.Tensor, targets: tf.Tensor, mask: number[], place?: PackedLayout<tf.Tensor>) => {
      const parameters = names.map((name) =>
        tf.tensor(values.get(name) as Float32Array, [...(model.parameters[name]?.shape ?? [])]),
      );
      return tf
        .grads((...tensors: tf.Tensor[]) => {
          const named = Object.fromEntries(names.map((name, index) => [name, tensors[index] as tf.Tensor]));
          const losses = model.bind(named, { training: true }).tokenLosses(ids, targets, place);
          return tf.sum(tf.mul(losses, tf.tensor2d([mask])));
        })(parameters)
        .map((gradient) => gradient.dataSync());
    };
    tf.tidy(() => {
      const targets = packed(firstTargets, secondTargets);
      const together = gradientsOf(packed(first, second), targets, [1, 1, 1, 1, 1, 1, 0], layout());
      const a = gradientsOf(idsTensor([first]), idsTensor([firstTargets]), [1, 1, 1]);
      const b = gradientsOf(idsTensor([second]), idsTensor([secondTargets]), [1, 1, 1]);
      for (const [index, name] of names.entries()) {
        const sum = Array.from(a[index] as ArrayLike<number>, (value, at) => value + (b[index]?.[at] ?? Number.NaN));
        const largest = Math.max(...sum.map(Math.abs));
        expect(gap(together[index] ?? [], sum), name).to.be.lessThan(1e-6 + 1e-5 * largest);
      }
    });
  });
});
