import assert from "node:assert/strict";
import { add, grads, matMul, mul, slice, square, sum, type Tensor, tanh } from "@tensorflow/tfjs-core";
import { cachedAttention } from "../operators/cached-attention.js";
import { causalAttention } from "../operators/causal-attention.js";
import { checkpointed } from "../operators/checkpointed.js";
import { dropoutMask } from "../operators/dropout-mask.js";
import { squaredSum } from "../operators/squared-sum.js";
import { createAdamW } from "../optimizers/adamw.js";
import { dropoutMaskValues } from "../random/dropout-mask-values.js";
import { assertClose } from "./assert-close.js";
import { floats, ints, randomFloats, sizeOf } from "./host-tensors.js";
import { causalAttentionCases } from "./operators/causal-attention-cases.js";
import { describeCases } from "./operators/describe-cases.js";
import { embeddingCases } from "./operators/embedding-cases.js";
import { geluCases } from "./operators/gelu-cases.js";
import { layerNormCases } from "./operators/layer-norm-cases.js";
import { linearCases } from "./operators/linear-cases.js";
import { valueTolerance } from "./operators/operator-case.js";
import { rmsNormCases } from "./operators/rms-norm-cases.js";
import { rotaryEmbeddingCases } from "./operators/rotary-embedding-cases.js";
import { squaredSumCases } from "./operators/squared-sum-cases.js";
import { swigluCases } from "./operators/swiglu-cases.js";
import { tokenCrossEntropyCases } from "./operators/token-cross-entropy-cases.js";
import { causalAttentionReference } from "./reference/causal-attention-reference.js";
import { type CreateTestBackend, runOnce, type TestBackend } from "./test-backend.js";

const cases = [
  ...linearCases,
  ...layerNormCases,
  ...rmsNormCases,
  ...geluCases,
  ...swigluCases,
  ...rotaryEmbeddingCases,
  ...causalAttentionCases,
  ...tokenCrossEntropyCases,
  ...embeddingCases,
  ...squaredSumCases,
];

/**
 * The operator half of a compute backend's conformance suite: the value of every operator against a float64
 * reference on the host, its gradients against finite differences of that reference.
 *
 * @example
 * describeOperators("wasm", () => createWasmBackend());
 */
export function describeOperators(backendName: string, createBackend: CreateTestBackend): void {
  describeCases(`operators on ${backendName}`, createBackend, cases, [
    { title: "causalAttention: a future token has no influence at all", check: checkCausality },
    { title: "cachedAttention equals attention over the whole sequence", check: checkCachedAttention },
    { title: "dropoutMask is the host's, bit for bit", check: checkDropoutMask },
    { title: "adamW equals its formula in float64", check: checkAdamW },
    { title: "squaredSum keeps its precision over a million elements", check: checkSquaredSum },
    {
      title: "checkpointed gives the bits of the block itself, dropped out too, and a block within",
      check: checkCheckpointed,
    },
  ]);
}

/** Outputs before the last token are the same bits whatever it holds, and its gradients from them are exactly zero. */
async function checkCausality(backend: TestBackend): Promise<void> {
  const shape = [5, 2, 3, 7];
  const rest = sizeOf(shape.slice(1));
  const earlier = rest * 4;
  const given = { q: randomFloats(shape, 1), k: randomFloats(shape, 2), v: randomFloats(shape, 3) };
  const run = (inputs: typeof given) =>
    runOnce(backend, inputs, ({ q, k, v }) => {
      const first = (y: ReturnType<typeof causalAttention>) => sum(slice(y, [0, 0, 0, 0], [4, 2, 3, 7]));
      const [dq, dk, dv] = grads((a, b, c) => first(causalAttention(a!, b!, c!)))([q!, k!, v!]);
      return { y: causalAttention(q!, k!, v!), dq: dq!, dk: dk!, dv: dv! };
    });
  const before = await run(given);
  const changed = Object.fromEntries(
    Object.entries(given).map(([name, tensor]) => {
      const values = Float32Array.from(tensor.data, (value, index) => (index < earlier ? value : 1e6 - value));
      return [name, floats(shape, values)];
    }),
  ) as typeof given;
  const after = await run(changed);
  assert.deepEqual(after.y!.slice(0, earlier), before.y!.slice(0, earlier));
  for (const name of ["dq", "dk", "dv"] as const) {
    assert.ok(
      before[name]!.slice(earlier).every((value) => value === 0),
      `${name} of the last token is not zero`,
    );
    assert.deepEqual(after[name]!.slice(0, earlier), before[name]!.slice(0, earlier), name);
  }
}

/**
 * Sequences of unequal length go into a cache of 7 whose empty places hold rubbish: a first pass with padding, then one
 * token of each at its own place, then two. Heads of width 8 and of another go different ways on some backends.
 */
async function checkCachedAttention(backend: TestBackend): Promise<void> {
  const [length, batch, heads, capacity] = [6, 2, 3, 7] as const;
  for (const width of [5, 8]) {
    const shape = [length, batch, heads, width];
    const given = [randomFloats(shape, 1), randomFloats(shape, 2), randomFloats(shape, 3)] as const;
    const [q64, k64, v64] = given.map(({ data }) => ({ shape, data: Float64Array.from(data) }));
    const expected = causalAttentionReference(q64!, k64!, v64!, { scale: 1 / Math.sqrt(width) });
    const cacheShape = [batch, heads, capacity, width];
    let keyCache = floats(cacheShape, new Float32Array(sizeOf(cacheShape)).fill(1e9));
    let valueCache = keyCache;
    const row = heads * width;
    const place = (data: ArrayLike<number>, time: number, sequence: number) =>
      Array.from({ length: row }, (_, index) => data[(time * batch + sequence) * row + index] ?? 1e3);
    const position = [0, 0];
    for (const counts of [
      [3, 1],
      [1, 1],
      [1, 1],
      [1, 2],
    ] as const) {
      const begins = position.every((at) => at === 0);
      const tokens = Math.max(...counts);
      const piece = ({ data }: (typeof given)[number]) => {
        const times = Array.from({ length: tokens }, (_, time) =>
          position.flatMap((at, sequence) => place(data, at + time, sequence)),
        );
        return floats([tokens, batch, heads, width], Float32Array.from(times.flat()));
      };
      const inputs = { q: piece(given[0]), k: piece(given[1]), v: piece(given[2]), keyCache, valueCache };
      const result = await runOnce(
        backend,
        { ...inputs, ...(begins ? {} : { at: ints([batch], position) }) },
        (given) => {
          const { q, k, v, keyCache: keys, valueCache: values, at } = given;
          return { ...cachedAttention(q!, k!, v!, keys!, values!, at) };
        },
      );
      for (const [sequence, count] of counts.entries()) {
        for (let time = 0; time < count; time += 1) {
          const wanted = place(expected.data, position[sequence]! + time, sequence);
          const what = `cachedAttention, width ${width}, sequence ${sequence} at ${position[sequence]! + time}`;
          assertClose(Float32Array.from(place(result.y!, time, sequence)), wanted, valueTolerance, what);
        }
        position[sequence]! += count;
      }
      keyCache = floats(cacheShape, result.keyCache!);
      valueCache = floats(cacheShape, result.valueCache!);
    }
  }
}

async function checkDropoutMask(backend: TestBackend): Promise<void> {
  const settings = [
    { key: [1337, 0, 0, 0], shape: [1], rate: 0.5, site: 0 },
    { key: [-1, -2, 7, 3], shape: [9], rate: 0.1, site: 3 },
    { key: [5, 0, 2147483647, 1], shape: [3, 5, 7], rate: 0.2, site: 77 },
    { key: [5, 1, 2, 1], shape: [33, 17], rate: 0.999, site: 4294967295 },
    { key: [5, 1, 2, 1], shape: [2, 4], rate: 0, site: 1 },
  ];
  for (const { key, shape, rate, site } of settings) {
    const { mask } = await runOnce(backend, { key: ints([4], key) }, (tensors) => ({
      mask: dropoutMask(tensors.key!, { shape, rate, site }),
    }));
    assert.deepEqual(mask, dropoutMaskValues(key, shape, rate, site), `shape [${shape}], rate ${rate}, site ${site}`);
  }
}

/** Shapes that decay and that do not, at a later step, with gradients of several sizes. */
async function checkAdamW(backend: TestBackend): Promise<void> {
  const [betas, epsilon, weightDecay, learningRate, step] = [[0.9, 0.95], 1e-8, 0.1, 1e-2, 7] as const;
  const optimizer = createAdamW({ betas, epsilon, weightDecay });
  const scalars = optimizer.scalars(step, learningRate);
  const inputs = Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, floats([], [value])]));
  for (const shape of [[1], [67], [33, 17]]) {
    for (const size of [1, 1e4, 0]) {
      const [p, g, m] = [randomFloats(shape, 1), randomFloats(shape, 2, size), randomFloats(shape, 3, 0.1)];
      const v = floats(shape, (randomFloats(shape, 4, 0.1).data as Float32Array).map(Math.abs));
      const outputs = await runOnce(backend, { p, g, m, v, ...inputs }, ({ p: parameter, g: gradient, ...rest }) => {
        const slots = { exp_avg: rest.m!, exp_avg_sq: rest.v! };
        const next = optimizer.update("p", { parameter: parameter!, slots }, gradient!, rest);
        return { p: next.parameter, m: next.slots.exp_avg!, v: next.slots.exp_avg_sq! };
      });
      const means = Float64Array.from(g.data, (value, i) => betas[0] * m.data[i]! + (1 - betas[0]) * value);
      const squares = Float64Array.from(g.data, (value, i) => betas[1] * v.data[i]! + (1 - betas[1]) * value * value);
      const kept = shape.length > 1 ? 1 - learningRate * weightDecay : 1;
      const parameters = Float64Array.from(p.data, (value, i) => {
        const root = Math.sqrt(squares[i]! / (1 - betas[1] ** (step + 1)));
        return value * kept - (learningRate * (means[i]! / (1 - betas[0] ** (step + 1)))) / (root + epsilon);
      });
      const title = `adamW of [${shape}], gradients of ${size}`;
      assertClose(outputs.m!, means, valueTolerance, `${title}: exp_avg`);
      assertClose(outputs.v!, squares, valueTolerance, `${title}: exp_avg_sq`);
      assertClose(outputs.p!, parameters, valueTolerance, `${title}: parameter`);
    }
  }
}

async function checkSquaredSum(backend: TestBackend): Promise<void> {
  const x = randomFloats([1_000_003], 1);
  const { y } = await runOnce(backend, { x }, (tensors) => ({ y: squaredSum(tensors.x!) }));
  const exact = Float64Array.from(x.data).reduce((total, value) => total + value * value, 0);
  assertClose(y!, [exact], { relative: 1e-6, ofLargest: 0 }, "squaredSum of 1,000,003 elements");
}

/** Two blocks, each of an input, a parameter and a mask, with blocks inside, on the way to a loss: value and gradients. */
async function checkCheckpointed(backend: TestBackend): Promise<void> {
  const [x0, v0, w0] = [randomFloats([4, 4], 1), randomFloats([4, 4], 2), randomFloats([4, 4], 3)];
  const inputs = { x: x0, v: v0, w: w0, key: ints([4], [1, 2, 3, 4]) };
  const inner = (x: Tensor, w: Tensor) => tanh(matMul(x, w));
  const outer = (x: Tensor, w: Tensor, key: Tensor, within: typeof inner) =>
    add(x, mul(within(matMul(within(x, w), w), w), dropoutMask(key, { shape: [4, 4], rate: 0.5, site: 3 })));
  const kept = (x: Tensor, w: Tensor) =>
    checkpointed((given) => inner(given.activations[0]!, given.parameters[0]!), { activations: [x], parameters: [w] });
  const run = (isCheckpointed: boolean) =>
    runOnce(backend, inputs, ({ x, v, w, key }) => {
      const block = (a: Tensor, b: Tensor) =>
        isCheckpointed
          ? checkpointed(({ activations: [c], parameters: [d], constants: [k] }) => outer(c!, d!, k!, kept), {
              activations: [a],
              parameters: [b],
              constants: [key!],
            })
          : outer(a, b, key!, inner);
      const loss = (a: Tensor, b: Tensor, c: Tensor) => sum(square(block(block(tanh(a), b), c)));
      const [dx, dv, dw] = grads((a, b, c) => loss(a!, b!, c!))([x!, v!, w!]);
      return { y: loss(x!, v!, w!), dx: dx!, dv: dv!, dw: dw! };
    });
  const plain = await run(false);
  assert.deepEqual(await run(true), plain);
  assert.ok(plain.dw!.some((value) => value !== 0));
}
