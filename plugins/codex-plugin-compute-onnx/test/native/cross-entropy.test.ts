import { expect } from "chai";
import { randomFloats } from "codex-nn/testing";
import { runNativeOperator } from "../support/native-operator.js";

/** Losses and gradients in float64. */
function expected(logits: Float32Array, targets: Int32Array, dLosses: Float32Array, width: number) {
  const losses: number[] = [];
  const dLogits: number[] = [];
  for (const [row, target] of targets.entries()) {
    const scores = logits.subarray(row * width, (row + 1) * width);
    const most = scores.reduce((highest, score) => Math.max(highest, score), Number.NEGATIVE_INFINITY);
    const total = scores.reduce((sum, score) => sum + Math.exp(score - most), 0);
    losses.push(Math.log(total) + most - scores[target]!);
    for (const [place, score] of scores.entries()) {
      dLogits.push((Math.exp(score - most) / total - Number(place === target)) * dLosses[row]!);
    }
  }
  return { losses, dLogits };
}

async function run(logits: Float32Array, targets: Int32Array, dLosses: Float32Array, width: number, threads: number) {
  const count = targets.length;
  const [ids, square] = [{ shape: [count], data: targets }, [count, width]];
  const [losses, probabilities] = await runNativeOperator({
    op: "CrossEntropy",
    inputs: [{ shape: square, data: logits }, ids],
    outputs: [[count], square],
    threads,
  });
  const [alone] = await runNativeOperator({
    op: "CrossEntropy",
    inputs: [{ shape: square, data: logits }, ids],
    outputs: [[count]],
    threads,
  });
  expect(alone, "losses alone").to.deep.equal(losses);
  const [dLogits] = await runNativeOperator({
    op: "CrossEntropyGradient",
    inputs: [{ shape: [count], data: dLosses }, { shape: square, data: probabilities! }, ids],
    outputs: [square],
    threads,
  });
  return { losses: losses!, dLogits: dLogits! };
}

describe("native cross entropy", () => {
  for (const [count, width, scale] of [
    [1, 1, 3],
    [5, 17, 3],
    [67, 1021, 3],
    [9, 4099, 3],
    [33, 31, 1e4],
  ] as const) {
    it(`of [${count}, ${width}] up to ±${scale} equals float64, with the same bits on 1, 2 and 4 threads`, async () => {
      const logits = (randomFloats([count, width], 1, scale).data as Float32Array).slice();
      const dLosses = randomFloats([count], 2).data as Float32Array;
      const targets = Int32Array.from({ length: count }, (_, index) => (index * 37) % width);
      const exact = expected(logits, targets, dLosses, width);
      const first = await run(logits, targets, dLosses, width, 2);
      for (const [row, loss] of exact.losses.entries()) {
        expect(first.losses[row], `loss ${row}`).to.be.closeTo(loss, 1e-6 * Math.max(1, Math.abs(loss)));
      }
      for (const [index, slope] of exact.dLogits.entries()) {
        expect(first.dLogits[index], `slope ${index}`).to.be.closeTo(slope, 2e-6);
      }
      for (const threads of [1, 4]) {
        expect(await run(logits, targets, dLosses, width, threads), `${threads} threads`).to.deep.equal(first);
      }
    });
  }
});
