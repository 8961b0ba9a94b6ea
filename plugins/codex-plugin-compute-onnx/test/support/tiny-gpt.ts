import * as tf from "@tensorflow/tfjs-core";
import type { Program, TensorData, TypedArray } from "codex-core";
import {
  causalAttention,
  createAdamW,
  dropoutMask,
  embedding,
  gelu,
  layerNorm,
  linear,
  squaredSum,
  tokenCrossEntropy,
} from "codex-nn";
import { randomFloats } from "codex-nn/testing";
import type { OnnxBackend } from "codex-plugin-compute-onnx";

type Tensors = { readonly [name: string]: tf.Tensor };

const [length, batch, heads, width] = [9, 2, 2, 8];
/** More rows than a one-hot product takes, so that the tied table's gradient is scattered. */
const vocabSize = 600;

const shapes: { readonly [name: string]: readonly number[] } = {
  table: [vocabSize, width],
  "norm.weight": [width],
  "norm.bias": [width],
  "attention.weight": [width, 3 * width],
  "attention.bias": [3 * width],
  "up.weight": [width, 4 * width],
  "down.weight": [4 * width, width],
};
const names = Object.keys(shapes);
const slots = ["exp_avg", "exp_avg_sq"] as const;
const adamw = createAdamW();

const specsOf = (kind: string) =>
  Object.fromEntries(names.map((name) => [`${kind}/${name}`, { shape: shapes[name]!, dtype: "float32" as const }]));

function lossSum(p: Tensors, ids: tf.Tensor, targets: tf.Tensor, key: tf.Tensor): tf.Tensor {
  const x = embedding(p.table!, ids);
  const normed = layerNorm(tf.reshape(x, [length * batch, width]), p["norm.weight"]!, p["norm.bias"]);
  const parts = tf.split(linear(normed, p["attention.weight"]!, p["attention.bias"]), 3, 1);
  const [q, k, v] = parts.map((part) => tf.reshape(part, [length, batch, heads, width / heads]));
  const mask = dropoutMask(key, { shape: [batch, heads, length, length], rate: 0.2, site: 1 });
  const attended = tf.reshape(causalAttention(q!, k!, v!, { dropoutMask: mask }), [length * batch, width]);
  const hidden = linear(gelu(linear(attended, p["up.weight"]!)), p["down.weight"]!);
  const logits = linear(tf.add(normed, hidden), p.table!, undefined, { transposeWeight: true });
  return tf.sum(tokenCrossEntropy(logits, targets));
}

function gradients(accumulate: boolean): Program<tf.Tensor> {
  return {
    name: accumulate ? "tiny-accumulate" : "tiny-fresh",
    state: { ...specsOf("parameter"), ...specsOf("gradient") },
    inputs: {
      ids: { shape: [length, batch], dtype: "int32" },
      targets: { shape: [length * batch], dtype: "int32" },
      key: { shape: [4], dtype: "int32" },
    },
    body(state, { ids, targets, key }) {
      const parameters = names.map((name) => state[`parameter/${name}`]!);
      const named = (values: readonly tf.Tensor[]) => Object.fromEntries(names.map((name, i) => [name, values[i]!]));
      const loss = (...values: tf.Tensor[]) => lossSum(named(values), ids!, targets!, key!) as tf.Scalar;
      const { value, grads } = tf.valueAndGrads(loss)(parameters);
      const next = names.map((name, index) => {
        const old = state[`gradient/${name}`]!;
        return [`gradient/${name}`, accumulate ? tf.add(old, grads[index]!) : grads[index]!] as const;
      });
      const squares = tf.addN(next.map(([, gradient]) => squaredSum(gradient)));
      return { state: Object.fromEntries(next), outputs: { lossSum: value, squares } };
    },
  };
}

const scalar = { shape: [], dtype: "float32" as const };

function update(): Program<tf.Tensor> {
  const scalarNames = ["gradientScale", ...Object.keys(adamw.scalars(0, 1e-2))];
  return {
    name: "tiny-update",
    state: { ...specsOf("parameter"), ...specsOf("gradient"), ...specsOf(slots[0]), ...specsOf(slots[1]) },
    inputs: Object.fromEntries(scalarNames.map((name) => [name, scalar])),
    body(state, { gradientScale, ...scalars }) {
      const next: Record<string, tf.Tensor> = {};
      for (const name of names) {
        const current = {
          parameter: state[`parameter/${name}`]!,
          slots: Object.fromEntries(slots.map((slot) => [slot, state[`${slot}/${name}`]!])),
        };
        const scaled = tf.mul(state[`gradient/${name}`]!, gradientScale!);
        const updated = adamw.update(name, current, scaled, scalars);
        next[`parameter/${name}`] = updated.parameter;
        for (const slot of slots) next[`${slot}/${name}`] = updated.slots[slot]!;
      }
      return { state: next, outputs: {} };
    },
  };
}

const idsOf = (seed: number, count: number) =>
  Int32Array.from({ length: count }, (_, index) => ((index + 1) * (seed * 37 + 11)) % 7 ** 3);

/** How the tiny GPT is trained. */
export interface TinyTraining {
  readonly steps: number;
  readonly microSteps: number;
  /** Gradient norm that is clipped to; none leaves gradients as they are. */
  readonly clipNorm?: number;
}

/** What training needs of a backend. */
export type TrainedBackend = Pick<OnnxBackend, "compile" | "writeState" | "readState">;

/** Trains a tiny tied GPT with dropout; gives its losses and all resident state. */
export async function trainTinyGpt(backend: TrainedBackend, training: TinyTraining) {
  const [fresh, accumulate, step] = [
    await backend.compile(gradients(false)),
    await backend.compile(gradients(true)),
    await backend.compile(update()),
  ];
  for (const [index, name] of names.entries()) {
    const { data } = randomFloats(shapes[name]!, index + 1, 0.3);
    await backend.writeState({ [`parameter/${name}`]: { shape: shapes[name]!, dtype: "float32", data } });
  }
  const losses: number[] = [];
  for (let done = 0; done < training.steps; done += 1) {
    let outputs: { readonly [name: string]: TypedArray } = {};
    for (let microStep = 0; microStep < training.microSteps; microStep += 1) {
      const seed = done * training.microSteps + microStep;
      outputs = await (microStep === 0 ? fresh : accumulate).run({
        ids: idsOf(seed, length * batch),
        targets: idsOf(seed + 1, length * batch),
        key: Int32Array.of(5, 6, done, microStep),
      });
      losses.push(outputs.lossSum![0]!);
    }
    const norm = Math.sqrt(outputs.squares![0]!);
    const clip = training.clipNorm === undefined ? 1 : Math.min(1, training.clipNorm / (norm + 1e-6));
    const scalars = { ...adamw.scalars(done, 1e-2), gradientScale: clip / training.microSteps };
    await step.run(Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, Float32Array.of(value)])));
  }
  const kinds = ["parameter", "gradient", ...slots];
  const state = await backend.readState(kinds.flatMap((kind) => names.map((name) => `${kind}/${name}`)));
  return { losses, state: state as { readonly [name: string]: TensorData } };
}
