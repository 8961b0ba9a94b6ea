import * as tf from "@tensorflow/tfjs-core";
import { ints, randomFloats } from "../host-tensors.js";
import type { OperatorCase } from "../operators/operator-case.js";
import { at, fromIndices } from "../reference/index-maps.js";

interface Movement {
  readonly title: string;
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly apply: (x: tf.Tensor) => tf.Tensor;
  /** Where an element comes from; undefined: it is 0. */
  readonly source: (index: readonly number[]) => readonly number[] | undefined;
}

const movements: readonly Movement[] = [
  {
    title: "transpose",
    from: [2, 3, 5],
    to: [5, 2, 3],
    apply: (x) => tf.transpose(x, [2, 0, 1]),
    source: ([a, b, c]) => [b!, c!, a!],
  },
  {
    title: "slice",
    from: [5, 7],
    to: [3, 2],
    apply: (x) => tf.slice(x, [1, 4], [3, 2]),
    source: ([a, b]) => [a! + 1, b! + 4],
  },
  {
    title: "reshape",
    from: [3, 5, 2],
    to: [15, 2],
    apply: (x) => tf.reshape(x, [15, 2]),
    source: ([a, b]) => [Math.floor(a! / 5), a! % 5, b!],
  },
  {
    title: "concat with itself reversed",
    from: [2, 3],
    to: [2, 6],
    apply: (x) => tf.concat([x, tf.reverse(x, 1)], 1),
    source: ([a, b]) => [a!, b! < 3 ? b! : 5 - b!],
  },
  {
    title: "the second of an uneven split",
    from: [3, 7],
    to: [3, 4],
    apply: (x) => tf.split(x, [2, 4, 1], 1)[1]!,
    source: ([a, b]) => [a!, b! + 2],
  },
  {
    title: "stack of unstacked rows",
    from: [3, 5],
    to: [5, 3],
    apply: (x) => tf.stack(tf.unstack(x, 0), 1),
    source: ([a, b]) => [b!, a!],
  },
  {
    title: "pad",
    from: [2, 3],
    to: [3, 5],
    apply: (x) =>
      tf.pad(x, [
        [1, 0],
        [0, 2],
      ]),
    source: ([a, b]) => (a! >= 1 && b! < 3 ? [a! - 1, b!] : undefined),
  },
  { title: "tile", from: [2, 3], to: [6, 3], apply: (x) => tf.tile(x, [3, 1]), source: ([a, b]) => [a! % 2, b!] },
  {
    title: "broadcastTo",
    from: [3, 1],
    to: [2, 3, 5],
    apply: (x) => tf.broadcastTo(x, [2, 3, 5]),
    source: ([, b]) => [b!, 0],
  },
  {
    title: "expandDims and squeeze",
    from: [1, 5],
    to: [5, 1],
    apply: (x) => tf.expandDims(tf.squeeze(x, [0]), 1),
    source: ([a]) => [0, a!],
  },
  {
    title: "gather of repeated columns",
    from: [3, 5],
    to: [3, 4],
    apply: (x) => tf.gather(x, tf.tensor1d([4, 0, 4, 2], "int32"), 1),
    source: ([a, b]) => [a!, [4, 0, 4, 2][b!]!],
  },
];

/** tfjs-core's operators that move elements, and those that add them up while they do. */
export const movementCases: readonly OperatorCase[] = [
  ...movements.map(
    ({ title, from, to, apply, source }): OperatorCase => ({
      title: `${title} [${from}]`,
      inputs: { x: randomFloats(from, 1) },
      apply: ({ x }) => apply(x!),
      reference: ({ x }) =>
        fromIndices(to, (index) => {
          const place = source(index);
          return place ? at(x!, place) : 0;
        }),
    }),
  ),
  {
    title: "cumsum [3,7]",
    inputs: { x: randomFloats([3, 7], 1) },
    apply: ({ x }) => tf.cumsum(x!, 1),
    reference: ({ x }) =>
      fromIndices([3, 7], ([row, column]) => {
        let sum = 0;
        for (let place = 0; place <= column!; place += 1) sum += at(x!, [row!, place]);
        return sum;
      }),
  },
  {
    title: "gather of rows by repeated ids [5,3]",
    inputs: { x: randomFloats([5, 3], 1) },
    constants: { ids: ints([2, 3], [4, 0, 4, 4, 2, 0]) },
    apply: ({ x, ids }) => tf.gather(x!, ids!),
    reference: ({ x, ids }) => fromIndices([2, 3, 3], ([a, b, c]) => at(x!, [at(ids!, [a!, b!]), c!])),
  },
];
