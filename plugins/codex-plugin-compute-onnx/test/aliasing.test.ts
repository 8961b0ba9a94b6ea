import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import type { Program, TypedArray } from "codex-core";
import { linear } from "codex-nn";
import { randomFloats } from "codex-nn/testing";
import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";
import { type TinyTraining, trainTinyGpt } from "./support/tiny-gpt.js";

/** The C API writes state in place; the binding gives every output memory of its own. */
async function trained(runtime: "native-api" | "binding", training: TinyTraining) {
  const backend = await createOnnxBackend(computeOnnxOptions.parse({ runtime, native: false, threads: 2 }));
  try {
    return await trainTinyGpt(backend, training);
  } finally {
    await backend.dispose();
  }
}

const bytesOf = (data: TypedArray) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

const shapes = { w1: [16, 64], w2: [64, 64], w3: [64, 16] };
const specs = Object.fromEntries(
  Object.entries(shapes).map(([name, shape]) => [name, { shape, dtype: "float32" as const }]),
);

/** Forward, backward and update in one program: nothing but the aliasing rule keeps reads before writes. */
const wholeStep: Program<tf.Tensor> = {
  name: "whole-step",
  state: specs,
  inputs: { x: { shape: [32, 16], dtype: "float32" } },
  body(state, { x }) {
    const names = Object.keys(shapes);
    const loss = (...[w1, w2, w3]: tf.Tensor[]) => {
      const hidden = tf.tanh(linear(tf.tanh(linear(x!, w1!)), w2!));
      return tf.sum(tf.square(tf.sub(linear(hidden, w3!), x!))) as tf.Scalar;
    };
    const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => state[name]!));
    const next = names.map((name, index) => [name, tf.sub(state[name]!, tf.mul(grads[index]!, 1e-3))]);
    return { state: Object.fromEntries(next), outputs: { loss: value } };
  },
};

async function trainedWhole(runtime: "native-api" | "binding") {
  const backend = await createOnnxBackend(computeOnnxOptions.parse({ runtime, native: false, threads: 2 }));
  try {
    const program = await backend.compile(wholeStep);
    for (const [name, shape] of Object.entries(shapes)) {
      await backend.writeState({ [name]: randomFloats(shape, name.length, 0.2) });
    }
    const losses: number[] = [];
    for (let step = 0; step < 10; step += 1) {
      const { loss } = await program.run({ x: randomFloats([32, 16], 9).data as Float32Array });
      losses.push(loss![0]!);
    }
    return { losses, state: await backend.readState(Object.keys(shapes)) };
  } finally {
    await backend.dispose();
  }
}

describe("writing state in place", () => {
  it("gives the bits of separate memory where one program reads and renews parameters", async () => {
    const [aliased, separate] = [await trainedWhole("native-api"), await trainedWhole("binding")];
    expect(aliased).to.deep.equal(separate);
    expect(aliased.losses.at(-1)).to.be.lessThan(aliased.losses[0]!);
  });

  for (const microSteps of [1, 4]) {
    for (const clipNorm of [undefined, 0.5]) {
      const clipping = clipNorm === undefined ? "without clipping" : "with clipping";
      it(`gives the bits of separate memory, ${clipping}, at ${microSteps} microSteps`, async () => {
        const training = { steps: 3, microSteps, clipNorm };
        const [aliased, separate] = [await trained("native-api", training), await trained("binding", training)];
        expect(aliased.losses).to.deep.equal(separate.losses);
        for (const [name, { data }] of Object.entries(aliased.state)) {
          expect(Buffer.compare(bytesOf(data), bytesOf(separate.state[name]!.data)), name).to.equal(0);
        }
        expect(new Set(aliased.losses).size).to.equal(3 * microSteps);
      });
    }
  }
});
