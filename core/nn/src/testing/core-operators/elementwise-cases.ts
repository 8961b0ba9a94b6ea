import * as tf from "@tensorflow/tfjs-core";
import { floats, randomFloats, sizeOf } from "../host-tensors.js";
import type { OperatorCase } from "../operators/operator-case.js";
import { broadcast64 } from "../reference/index-maps.js";
import type { HostTensor } from "../test-backend.js";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Values in [0.5, 2.5): where logarithms and roots are at home, and no two are equal. */
function positive(shape: readonly number[], seed: number): HostTensor {
  const { data } = randomFloats(shape, seed);
  return floats(
    shape,
    Array.from(data, (value) => 0.5 + 2 * sigmoid(value)),
  );
}

const unary: readonly [name: string, operator: (x: tf.Tensor) => tf.Tensor, f: (x: number) => number][] = [
  ["abs", tf.abs, Math.abs],
  ["cos", tf.cos, Math.cos],
  ["elu", tf.elu, (x) => (x > 0 ? x : Math.expm1(x))],
  ["exp", tf.exp, Math.exp],
  ["leakyRelu", (x) => tf.leakyRelu(x, 0.2), (x) => (x > 0 ? x : 0.2 * x)],
  ["neg", tf.neg, (x) => -x],
  ["relu", tf.relu, (x) => Math.max(0, x)],
  ["sigmoid", tf.sigmoid, sigmoid],
  ["silu", (x) => tf.mul(x, tf.sigmoid(x)), (x) => x * sigmoid(x)],
  ["sin", tf.sin, Math.sin],
  ["softplus", tf.softplus, (x) => Math.log1p(Math.exp(x))],
  ["square", tf.square, (x) => x * x],
  ["tanh", tf.tanh, Math.tanh],
];

const unaryOfPositive: typeof unary = [
  ["log", tf.log, Math.log],
  ["log1p", tf.log1p, Math.log1p],
  ["reciprocal", tf.reciprocal, (x) => 1 / x],
  ["rsqrt", tf.rsqrt, (x) => 1 / Math.sqrt(x)],
  ["sqrt", tf.sqrt, Math.sqrt],
];

const binary: readonly [
  name: string,
  operator: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  f: (a: number, b: number) => number,
][] = [
  ["add", tf.add, (a, b) => a + b],
  ["sub", tf.sub, (a, b) => a - b],
  ["mul", tf.mul, (a, b) => a * b],
  ["div", tf.div, (a, b) => a / b],
  ["maximum", tf.maximum, Math.max],
  ["minimum", tf.minimum, Math.min],
  ["pow", tf.pow, (a, b) => a ** b],
  ["squaredDifference", tf.squaredDifference, (a, b) => (a - b) ** 2],
  ["where", (a, b) => tf.where(tf.greater(a, b), tf.mul(a, 2), b), (a, b) => (a > b ? 2 * a : b)],
];

const shapePairs = [
  [
    [3, 5],
    [3, 5],
  ],
  [[3, 5], []],
  [[1], [7]],
  [
    [2, 1, 3],
    [5, 1],
  ],
  [[17], [33, 17]],
] as const;

const approximate = { value: { relative: 3e-6, ofLargest: 1e-6 }, gradient: { relative: 1e-5, ofLargest: 3e-6 } };

/** tfjs-core's elementwise operators that models use, with broadcasting. */
export const elementwiseCases: readonly OperatorCase[] = [
  ...[...unary, ...unaryOfPositive].flatMap(([name, operator, f], place) =>
    [[1], [3, 5], [33]].map(
      (shape): OperatorCase => ({
        title: `${name} [${shape}]`,
        inputs: { x: place < unary.length ? randomFloats(shape, 1) : positive(shape, 1) },
        apply: ({ x }) => operator(x!),
        reference: ({ x }) => ({ shape: x!.shape, data: x!.data.map(f) }),
        tolerance: approximate,
      }),
    ),
  ),
  ...binary.flatMap(([name, operator, f]) =>
    shapePairs.map(
      ([a, b]): OperatorCase => ({
        title: `${name} [${a}], [${b}]`,
        inputs: { a: positive(a, 1), b: positive(b, 2 + sizeOf(b)) },
        apply: (tensors) => operator(tensors.a!, tensors.b!),
        reference: (arrays) => broadcast64(arrays.a!, arrays.b!, f),
        tolerance: approximate,
      }),
    ),
  ),
];
