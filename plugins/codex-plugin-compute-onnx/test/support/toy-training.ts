import * as tf from "@tensorflow/tfjs-core";
import type { Program, TensorData, TypedArray } from "codex-core";
import { squaredSum } from "codex-nn";
import { computeOnnxOptions, createOnnxBackend, type OnnxBackend } from "codex-plugin-compute-onnx";

const [inputs, hidden, outputs, rows] = [23, 67, 9, 301];
const parameters = { w1: [inputs, hidden], b1: [hidden], w2: [hidden, outputs], b2: [outputs] };
const names = Object.keys(parameters) as (keyof typeof parameters)[];
const specsOf = (kind: string) =>
  Object.fromEntries(names.map((name) => [`${kind}/${name}`, { shape: parameters[name], dtype: "float32" as const }]));

/** A repeatable sequence in (-1, 1). */
export function noise(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin((i + 1) * 12.9898 + seed * 78.233) * 0.999);
}

/** Gradients of a two-layer regression, set or added to the resident ones. */
export function gradients(accumulate: boolean): Program<tf.Tensor> {
  return {
    name: accumulate ? "toy-accumulate" : "toy-gradients",
    state: { ...specsOf("parameter"), ...specsOf("gradient") },
    inputs: { x: { shape: [rows, inputs], dtype: "float32" }, y: { shape: [rows, outputs], dtype: "float32" } },
    body(state, { x, y }) {
      const loss = (...[w1, b1, w2, b2]: tf.Tensor[]) => {
        const layer = tf.tanh(tf.add(tf.matMul(x as tf.Tensor2D, w1 as tf.Tensor2D), b1!));
        const error = tf.sub(tf.add(tf.matMul(layer as tf.Tensor2D, w2 as tf.Tensor2D), b2!), y!);
        return tf.sum(tf.mul(error, error)) as tf.Scalar;
      };
      const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => state[`parameter/${name}`]!));
      const next = Object.fromEntries(
        names.map((name, i) => {
          const old = state[`gradient/${name}`]!;
          return [`gradient/${name}`, accumulate ? tf.add(old, grads[i]!) : grads[i]!];
        }),
      );
      const norm = tf.addN(Object.values(next).map((gradient) => squaredSum(gradient)));
      return { state: next, outputs: { lossSum: value, norm } };
    },
  };
}

/** Momentum: elementwise over parameters, gradients and one slot. */
export function update(): Program<tf.Tensor> {
  return {
    name: "toy-update",
    state: { ...specsOf("parameter"), ...specsOf("gradient"), ...specsOf("optimizer/mean") },
    inputs: { rate: { shape: [], dtype: "float32" } },
    body(state, { rate }) {
      const next = names.flatMap((name) => {
        const mean = tf.add(tf.mul(state[`optimizer/mean/${name}`]!, 0.9), state[`gradient/${name}`]!);
        const decayed =
          parameters[name].length > 1 ? tf.mul(state[`parameter/${name}`]!, 0.999) : state[`parameter/${name}`]!;
        return [
          [`optimizer/mean/${name}`, mean],
          [`parameter/${name}`, tf.sub(decayed, tf.mul(mean, rate!))],
        ] as const;
      });
      return { state: Object.fromEntries(next), outputs: {} };
    },
  };
}

/** A backend with initial parameters. */
export async function openToy(options: object): Promise<OnnxBackend> {
  const backend = await createOnnxBackend(computeOnnxOptions.parse(options));
  const values: Record<string, TensorData> = {};
  for (const [i, name] of names.entries()) {
    const shape = parameters[name];
    const data = noise(
      shape.reduce((a, b) => a * b, 1),
      i,
    ).map((value) => value * 0.2);
    values[`parameter/${name}`] = { shape, dtype: "float32", data };
  }
  await backend.writeState(values);
  return backend;
}

/** The batch of a microStep. */
export const toyBatch = (seed: number): Record<string, TypedArray> => ({
  x: noise(rows * inputs, seed),
  y: noise(rows * outputs, seed + 0.5),
});

/** Trains and gives everything that could differ: losses, norms, parameters, moments. */
export async function trainToy(options: object, steps = 5, microSteps = 2): Promise<Record<string, TypedArray>> {
  const backend = await openToy(options);
  const fresh = await backend.compile(gradients(false));
  const more = await backend.compile(gradients(true));
  const apply = await backend.compile(update());
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    for (let microStep = 0; microStep < microSteps; microStep++) {
      const { lossSum, norm } = await (microStep ? more : fresh).run(toyBatch(microStep));
      losses.push(lossSum![0]!, norm![0]!);
    }
    await apply.run({ rate: Float32Array.of(2e-5) });
  }
  const state = await backend.readState([
    ...Object.keys(specsOf("parameter")),
    ...Object.keys(specsOf("optimizer/mean")),
  ]);
  await backend.dispose();
  return {
    losses: Float32Array.from(losses),
    ...Object.fromEntries(Object.entries(state).map(([n, t]) => [n, t.data])),
  };
}
