import * as tf from "@tensorflow/tfjs-core";
import { randomFloats } from "../host-tensors.js";
import type { OperatorCase } from "../operators/operator-case.js";
import { at, fromIndices, reduce64 } from "../reference/index-maps.js";

const products: readonly { a: number[]; b: number[]; transposeA?: boolean; transposeB?: boolean }[] = [
  { a: [1, 1], b: [1, 1] },
  { a: [3, 5], b: [5, 7] },
  { a: [5, 3], b: [5, 7], transposeA: true },
  { a: [3, 5], b: [7, 5], transposeB: true },
  { a: [2, 17, 3], b: [2, 3, 5] },
  { a: [2, 3, 5, 1], b: [2, 3, 7, 5], transposeA: true, transposeB: true },
];

const matMulCases = products.map(({ a, b, transposeA = false, transposeB = false }): OperatorCase => {
  const flip = (index: readonly number[], flipped: boolean) =>
    flipped ? [...index.slice(0, -2), index.at(-1)!, index.at(-2)!] : index;
  const inner = flip(a, transposeA).at(-1)!;
  const shape = [...flip(a, transposeA).slice(0, -1), flip(b, transposeB).at(-1)!];
  return {
    title: `matMul [${a}]${transposeA ? "ᵀ" : ""} × [${b}]${transposeB ? "ᵀ" : ""}`,
    inputs: { a: randomFloats(a, 1), b: randomFloats(b, 2) },
    apply: (tensors) => tf.matMul(tensors.a!, tensors.b!, transposeA, transposeB),
    reference: (arrays) =>
      fromIndices(shape, (index) => {
        const [outer, row, column] = [index.slice(0, -2), index.at(-2)!, index.at(-1)!];
        let sum = 0;
        for (let k = 0; k < inner; k += 1) {
          const left = at(arrays.a!, flip([...outer, row, k], transposeA));
          sum += left * at(arrays.b!, flip([...outer, k, column], transposeB));
        }
        return sum;
      }),
  };
});

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

const reductions: readonly [
  name: string,
  operator: (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor,
  f: (values: readonly number[]) => number,
][] = [
  ["sum", tf.sum, total],
  ["mean", tf.mean, (values) => total(values) / values.length],
  ["max", tf.max, (values) => Math.max(...values)],
  ["min", tf.min, (values) => Math.min(...values)],
  ["logSumExp", tf.logSumExp, (values) => Math.log(total(values.map(Math.exp)))],
];

const reductionCases = reductions.flatMap(([name, operator, f]) =>
  (
    [
      [[7], [0], false],
      [[3, 5], [1], true],
      [[3, 5], [0], false],
      [[2, 3, 17], [0, 1], false],
      [[2, 3, 5], [0, 1, 2], false],
    ] as const
  ).map(
    ([shape, axes, keepDims]): OperatorCase => ({
      title: `${name} [${shape}] over ${axes}${keepDims ? ", kept" : ""}`,
      inputs: { x: randomFloats(shape, 1) },
      apply: ({ x }) => operator(x!, [...axes], keepDims),
      reference: ({ x }) => reduce64(x!, axes, keepDims, f),
      tolerance: { value: { relative: 3e-6, ofLargest: 1e-6 }, gradient: { relative: 1e-5, ofLargest: 3e-6 } },
    }),
  ),
);

const softmaxCases = ([[5], [3, 7], [2, 3, 33]] as const).flatMap((shape) =>
  (["softmax", "logSoftmax"] as const).map(
    (name): OperatorCase => ({
      title: `${name} [${shape}]`,
      inputs: { x: randomFloats(shape, 1, 2) },
      apply: ({ x }) => (name === "softmax" ? tf.softmax(x!) : tf.logSoftmax(x!)),
      reference: ({ x }) => {
        const rows = reduce64(x!, [shape.length - 1], true, (values) => Math.log(total(values.map(Math.exp))));
        return fromIndices(shape, (index) => {
          const log = at(x!, index) - at(rows, [...index.slice(0, -1), 0]);
          return name === "softmax" ? Math.exp(log) : log;
        });
      },
      tolerance: { value: { relative: 1e-5, ofLargest: 1e-6 }, gradient: { relative: 1e-5, ofLargest: 3e-6 } },
    }),
  ),
);

/** tfjs-core's products, reductions and softmaxes. */
export const matrixCases: readonly OperatorCase[] = [...matMulCases, ...reductionCases, ...softmaxCases];
