import * as tf from "@tensorflow/tfjs-core";
import { causalAttention } from "codex-nn";
import { floats, type HostTensor, ints, randomFloats } from "codex-nn/testing";
import { computeOnnxOptions, createOnnxBackend, type OnnxBackend } from "codex-plugin-compute-onnx";
import { type Body, compareKernels } from "../support/compare-kernels.js";

type Inputs = { readonly [name: string]: HostTensor };
type Case = readonly [title: string, inputs: Inputs, body: Body];

const x = randomFloats([3, 5], 1);
const y = randomFloats([3, 5], 2);
const row = randomFloats([5], 3);
const cube = randomFloats([2, 3, 4], 4);
const positive = floats([2, 3], [0.2, 1, 2.5, 7, 1e-3, 30]);
const small = floats([6], [-1e-6, 1e-7, -0.3, 0, 0.9, 1e-3]);
const inside = floats([5], [-0.9, -0.2, 0, 0.4, 0.7]);
const whole = ints([6], [-7, -3, 0, 2, 5, 9]);
const divisor = ints([6], [2, -2, 3, 5, -4, 4]);
const odd = floats([5], [Number.NaN, 1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]);
const halves = floats([6], [-2.5, -1.5, -0.5, 0.5, 1.5, 2.4]);

const operators = new Map<string, unknown>(Object.entries(tf));
const operator = (name: string) => operators.get(name) as (...tensors: tf.Tensor[]) => tf.Tensor;

const unary = (ops: readonly string[], a: HostTensor): Case[] =>
  ops.map((op) => [op, { a }, (inputs) => operator(op)(inputs.a!)]);

const binary = (ops: readonly string[], a: HostTensor, b: HostTensor): Case[] =>
  ops.map((op) => [op, { a, b }, (i) => operator(op)(i.a!, i.b!)]);

const families: { readonly [family: string]: readonly Case[] } = {
  arithmetic: [
    ...binary(["add", "sub", "mul", "div", "maximum", "minimum", "squaredDifference", "mod", "floorDiv"], x, y),
    ...binary(["add", "mul", "div"], x, row),
    ...binary(["add", "sub", "mul", "maximum", "minimum", "mod", "floorDiv"], whole, divisor),
    ...binary(["pow"], positive, floats([2, 3], [0.5, -1, 2, 0, 3, 1.5])),
    ...unary(["square", "neg", "abs", "sign", "exp", "sin", "cos", "tan", "sinh", "cosh", "atan", "asinh"], x),
    ...unary(["sqrt", "rsqrt", "reciprocal", "log", "log1p"], positive),
    ...unary(["asin", "acos", "atanh"], inside),
    ...unary(["acosh"], floats([3], [1, 1.5, 9])),
    ...unary(["log1p", "expm1"], small),
    ["log1p of much", { odd: floats([2], [Infinity, 1e30]) }, ({ odd: a }) => tf.reciprocal(tf.log1p(a!))],
    ...unary(["floor", "ceil", "round", "step"], halves),
    ...unary(["neg", "abs", "square", "round"], whole),
    ["addN", { x, y }, ({ x: a, y: b }) => tf.addN([a!, b!, a!])],
    ["clipByValue", { x }, ({ x: a }) => tf.clipByValue(a!, -0.5, 0.25)],
    ["divNoNan", { x, y }, ({ x: a, y: b }) => tf.divNoNan(a!, b!)],
  ],
  activation: [
    ...unary(["relu", "relu6", "elu", "selu", "sigmoid", "tanh", "softplus", "erf", "logSigmoid"], x),
    ["leakyRelu", { x }, ({ x: a }) => tf.leakyRelu(a!, 0.1)],
    ["prelu", { x, row }, ({ x: a, row: b }) => tf.prelu(a!, b!)],
    ["softmax", { x }, ({ x: a }) => tf.softmax(a!)],
    ["softmax of the first axis", { x }, ({ x: a }) => tf.transpose(tf.softmax(tf.transpose(a!)))],
    ["logSoftmax", { x }, ({ x: a }) => tf.logSoftmax(a!)],
    ["logSumExp", { x }, ({ x: a }) => tf.logSumExp(a!, 1)],
    ["elu's gradient", { x }, ({ x: a }) => tf.grad((t) => tf.elu(t))(a!)],
    ["softmax's gradient", { x }, ({ x: a }) => tf.grad((t) => tf.square(tf.softmax(t)))(a!)],
  ],
  comparison: [
    ...binary(["equal", "notEqual", "greater", "greaterEqual", "less", "lessEqual"], whole, divisor),
    ...unary(["isNaN", "isInf", "isFinite"], odd),
    [
      "logic",
      { x, y },
      ({ x: a, y: b }) => {
        const [p, q] = [tf.greater(a!, 0), tf.greater(b!, 0)];
        return [tf.logicalAnd(p, q), tf.logicalOr(p, q), tf.logicalXor(p, q), tf.logicalNot(p)];
      },
    ],
    [
      "where",
      { x, y, row },
      ({ x: a, y: b, row: c }) => [tf.where(tf.greater(a!, b!), a!, b!), tf.where(tf.greater(c!, 0), a!, tf.scalar(7))],
    ],
    [
      "where's gradient",
      { x, y },
      ({ x: a, y: b }) => tf.grads((s, t) => tf.where(tf.greater(s!, t!), s!, t!))([a!, b!]),
    ],
  ],
  reduction: [
    ...unary(["sum", "mean", "prod", "min", "max"], cube),
    ...[0, 1, 2].flatMap((axis): Case[] => [
      [`sum of axis ${axis}`, { cube }, ({ cube: a }) => tf.sum(a!, axis)],
      [`max of axis ${axis}, kept`, { cube }, ({ cube: a }) => tf.max(a!, axis, true)],
      [`argMax and argMin of axis ${axis}`, { cube }, ({ cube: a }) => [tf.argMax(a!, axis), tf.argMin(a!, axis)]],
      [`cumsum of axis ${axis}`, { cube }, ({ cube: a }) => [tf.cumsum(a!, axis), tf.cumsum(a!, axis, true, true)]],
    ]),
    ["mean of outer axes", { cube }, ({ cube: a }) => tf.mean(a!, [0, 2], true)],
    ["sum of integers", { whole }, ({ whole: a }) => tf.sum(a!)],
    ["all and any", { x }, ({ x: a }) => [tf.all(tf.greater(a!, -9), 1), tf.any(tf.greater(a!, 1), 0)]],
    [
      "topk",
      { x },
      ({ x: a }) => {
        const { values, indices } = tf.topk(a!, 3);
        return [values, indices];
      },
    ],
    [
      "moments",
      { x },
      ({ x: a }) => {
        const { mean, variance } = tf.moments(a!, 1);
        return [mean, variance];
      },
    ],
    ["max's gradient", { x }, ({ x: a }) => tf.grad((t) => tf.max(t, 1))(a!)],
    ["cumsum's gradient", { x }, ({ x: a }) => tf.grad((t) => tf.square(tf.cumsum(t, 1)))(a!)],
  ],
  matrix: [
    ...(
      [
        [false, false],
        [false, true],
        [true, false],
        [true, true],
      ] as const
    ).map(
      ([ta, tb]): Case => [
        `matMul ${ta} ${tb}`,
        { a: randomFloats(ta ? [4, 3] : [3, 4], 5), b: randomFloats(tb ? [5, 4] : [4, 5], 6) },
        ({ a, b }) => tf.matMul(a!, b!, ta, tb),
      ],
    ),
    [
      "batched matMul",
      { a: randomFloats([2, 3, 4, 5], 7), b: randomFloats([2, 3, 6, 5], 8) },
      ({ a, b }) => tf.matMul(a!, b!, false, true),
    ],
    [
      "matMul with one matrix",
      { a: randomFloats([2, 3, 4], 7), b: randomFloats([4, 5], 8) },
      ({ a, b }) => tf.matMul(a!, b!),
    ],
    [
      "matMul with a broadcast batch",
      { a: randomFloats([2, 3, 4], 7), b: randomFloats([1, 3, 5], 8) },
      ({ a, b }) => tf.matMul(a!, b!, true, false),
    ],
    [
      "matMul of transposed and scaled operands",
      { a: randomFloats([4, 3], 7), b: randomFloats([4, 5], 8) },
      ({ a, b }) => tf.mul(tf.matMul(tf.transpose(tf.mul(a!, 3)), b!), 0.25),
    ],
    [
      "heads of a time-major tensor",
      { a: randomFloats([4, 2, 3, 5], 7) },
      ({ a }) => {
        const heads = tf.transpose(a!, [1, 2, 0, 3]);
        return tf.matMul(tf.mul(heads, 0.5), heads, false, true);
      },
    ],
    [
      "fused matMul",
      { x, w: randomFloats([5, 4], 9), b: randomFloats([4], 10) },
      ({ x: a, w, b }) => tf.fused.matMul({ a: a as tf.Tensor2D, b: w as tf.Tensor2D, bias: b!, activation: "relu" }),
    ],
    [
      "einsum",
      { a: randomFloats([2, 3, 4], 7), b: randomFloats([2, 4, 5], 8) },
      ({ a, b }) => tf.einsum("bij,bjk->bik", a!, b!),
    ],
  ],
  movement: [
    [
      "reshape, expandDims, squeeze",
      { cube },
      ({ cube: a }) => [tf.reshape(a!, [-1, 6]), tf.squeeze(tf.expandDims(a!, 1))],
    ],
    [
      "transpose",
      { cube },
      ({ cube: a }) => [tf.transpose(a!, [2, 0, 1]), tf.transpose(tf.transpose(a!, [1, 0, 2]), [1, 0, 2])],
    ],
    ["concat and stack", { x, y }, ({ x: a, y: b }) => [tf.concat([a!, b!], 1), tf.stack([a!, b!], 1)]],
    ["split and unstack", { cube }, ({ cube: a }) => [...tf.split(a!, [1, 3], 2), ...tf.unstack(a!, 1)]],
    ["split, joined again", { cube }, ({ cube: a }) => tf.concat(tf.split(a!, 3, 1), 1)],
    ["slice", { cube }, ({ cube: a }) => [tf.slice(a!, [0, 1, 2], [2, 2, -1]), tf.slice(a!, [1])]],
    [
      "stridedSlice",
      { cube },
      ({ cube: a }) => [
        tf.stridedSlice(a!, [0, 2, 3], [2, 0, 0], [1, -1, -2]),
        tf.stridedSlice(a!, [0, 0, 0], [2, 3, 4], [1, 2, 3]),
        tf.stridedSlice(a!, [0, 2, 0], [2, 0, 4], [1, -1, 1], 0, 2),
      ],
    ],
    [
      "pad",
      { x },
      ({ x: a }) => [
        tf.pad(
          a!,
          [
            [1, 2],
            [0, 3],
          ],
          0.5,
        ),
        tf.mirrorPad(
          a!,
          [
            [1, 2],
            [2, 1],
          ],
          "reflect",
        ),
      ],
    ],
    [
      "symmetric pad",
      { x },
      ({ x: a }) =>
        tf.mirrorPad(
          a!,
          [
            [1, 2],
            [2, 1],
          ],
          "symmetric",
        ),
    ],
    ["tile and broadcastTo", { row }, ({ row: a }) => [tf.tile(a!, [3]), tf.broadcastTo(a!, [2, 5])]],
    ["reverse", { cube }, ({ cube: a }) => tf.reverse(a!, [0, 2])],
    [
      "casts",
      { halves, whole },
      ({ halves: a, whole: b }) => [
        tf.cast(a!, "int32"),
        tf.cast(b!, "float32"),
        tf.cast(b!, "bool"),
        tf.cast(tf.greater(a!, 0), "float32"),
      ],
    ],
    [
      "gradients of movements",
      { cube },
      ({ cube: a }) =>
        tf.grad((t) =>
          tf.square(
            tf.pad(tf.slice(tf.tile(t, [1, 2, 1]), [0, 1, 1], [2, 4, 2]), [
              [0, 1],
              [0, 0],
              [1, 0],
            ]),
          ),
        )(a!),
    ],
  ],
  indexing: [
    [
      "gather",
      { cube, ids: ints([2, 2], [0, 2, 1, 2]) },
      ({ cube: a, ids }) => [tf.gather(a!, ids!, 1), tf.gather(a!, [1, 0], 0)],
    ],
    ["gather by batch", { cube, ids: ints([2, 2], [0, 2, 1, 2]) }, ({ cube: a, ids }) => tf.gather(a!, ids!, 1, 1)],
    [
      "gather's gradient adds up equal places",
      { x, ids: ints([4], [2, 0, 2, 2]) },
      ({ x: a, ids }) => tf.grad((t) => tf.square(tf.gather(t, ids!)))(a!),
    ],
    ["gatherND", { cube, ids: ints([2, 2], [0, 2, 1, 0]) }, ({ cube: a, ids }) => tf.gatherND(a!, ids!)],
    [
      "scatterND",
      { ids: ints([3, 1], [1, 4, 1]), rows: randomFloats([3, 5], 11) },
      ({ ids, rows }) => tf.scatterND(ids!, rows!, [6, 5]),
    ],
    [
      "tensorScatterUpdate",
      { x, ids: ints([2, 1], [2, 0]), rows: randomFloats([2, 5], 11) },
      ({ x: a, ids, rows }) => tf.tensorScatterUpdate(a!, ids!, rows!),
    ],
    [
      "unsortedSegmentSum",
      { x, ids: ints([3], [1, 0, 1]) },
      ({ x: a, ids }) => tf.unsortedSegmentSum(a!, ids as tf.Tensor1D, 3),
    ],
    [
      "unsortedSegmentSum of many rows",
      { x, ids: ints([3], [700, 0, 700]) },
      ({ x: a, ids }) => tf.unsortedSegmentSum(a!, ids as tf.Tensor1D, 701),
    ],
    [
      "oneHot",
      { ids: ints([4], [0, -1, 2, 5]) },
      ({ ids }) => [tf.oneHot(ids!, 4), tf.oneHot(ids!, 4, 2, -1, "float32")],
    ],
  ],
  creation: [
    [
      "fills and sequences",
      { x },
      ({ x: a }) => [
        tf.add(a!, tf.ones([3, 5])),
        tf.mul(tf.zerosLike(a!), a!),
        tf.onesLike(a!),
        tf.fill([2, 2], 3, "int32"),
        tf.range(0, 10, 3, "int32"),
        tf.linspace(0, 1, 5),
        tf.concat([a!, tf.zeros([3, 70])], 1),
      ],
    ],
    ["constants from the host", { x }, ({ x: a }) => tf.mul(a!, tf.tensor1d([1, 2, 3, 4, 5]))],
  ],
};

describe("recorded kernels", () => {
  let backend: OnnxBackend;
  before(async () => {
    backend = await createOnnxBackend(computeOnnxOptions.parse({ threads: 2 }));
  });
  after(() => backend.dispose());

  for (const [family, cases] of Object.entries(families)) {
    describe(family, () => {
      for (const [title, inputs, body] of cases) {
        it(`computes ${title} as the reference backend does`, () => compareKernels(backend, title, inputs, body));
      }
    });
  }

  describe("without native operators", () => {
    let composed: OnnxBackend;
    before(async () => {
      composed = await createOnnxBackend(computeOnnxOptions.parse({ threads: 2, native: false }));
    });
    after(() => composed.dispose());

    it("computes attention in blocks of queries as the reference does at once", () => {
      const shape = [150, 2, 1, 4];
      const inputs = { q: randomFloats(shape, 1), k: randomFloats(shape, 2), v: randomFloats(shape, 3) };
      return compareKernels(composed, "blocks", inputs, ({ q, k, v }) => {
        const attend = (...[a, b, c]: tf.Tensor[]) => causalAttention(a!, b!, c!);
        return [attend(q!, k!, v!), ...tf.grads((a, b, c) => tf.square(attend(a!, b!, c!)))([q!, k!, v!])];
      });
    });

    it("computes attention of queries whose last axes were swapped", () => {
      const keys = [3, 2, 2, 4];
      const inputs = { q: randomFloats([3, 2, 4, 2], 1), k: randomFloats(keys, 2), v: randomFloats(keys, 3) };
      return compareKernels(composed, "swapped axes", inputs, ({ q, k, v }) =>
        causalAttention(tf.transpose(q!, [0, 1, 3, 2]), k!, v!),
      );
    });
  });
});
