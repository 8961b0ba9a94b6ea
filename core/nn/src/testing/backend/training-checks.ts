import { add, grads, mul, sum } from "@tensorflow/tfjs-core";
import { gelu } from "../../operators/gelu.js";
import { linear } from "../../operators/linear.js";
import { createAdamW } from "../../optimizers/adamw.js";
import { assertClose } from "../assert-close.js";
import { randomFloats, sizeOf } from "../host-tensors.js";
import type { HostArray, HostSpec, HostTensor, NamedValues, TestBackend } from "../test-backend.js";
import { toyGptLosses } from "../toy/toy-gpt-losses.js";
import { trainToyGpt } from "../toy/train-toy-gpt.js";
import type { BackendCheck } from "./backend-check.js";

/** Gradient of Σ gelu(x·w) by w [5, 3], summed over runs. */
async function accumulated(backend: TestBackend, rows: number, parts: readonly HostArray[]): Promise<HostArray> {
  const weight: HostSpec = { shape: [5, 3], dtype: "float32" };
  const program = await backend.compile({
    name: `accumulate ${rows}`,
    state: { w: weight, [`gradient of ${rows}`]: weight },
    inputs: { x: { shape: [rows, 5], dtype: "float32" } },
    body: (state, { x }) => {
      const [gradient] = grads((w) => sum(gelu(linear(x!, w!))))([state.w!]);
      const name = `gradient of ${rows}`;
      return { state: { [name]: add(state[name]!, gradient!) }, outputs: {} };
    },
  });
  for (const x of parts) await program.run({ x });
  return (await backend.readState([`gradient of ${rows}`]))[`gradient of ${rows}`]!.data;
}

/** AdamW over tensors of odd sizes against the same formula in float64 on the host. */
async function checkAdamW(backend: TestBackend): Promise<void> {
  const shapes: NamedValues<readonly number[]> = { a: [1], b: [3], c: [17, 5], d: [33, 31], e: [1025], f: [2, 3, 7] };
  const options = { betas: [0.9, 0.99], epsilon: 1e-8, weightDecay: 0.1 } as const;
  const optimizer = createAdamW(options);
  const names = Object.keys(shapes);
  const spec = (name: string): HostSpec => ({ shape: shapes[name]!, dtype: "float32" });
  const all = (prefix: string) => names.map((name) => [`${prefix}/${name}`, spec(name)] as const);
  const scalar: HostSpec = { shape: [], dtype: "float32" };
  const program = await backend.compile({
    name: "adamw",
    state: Object.fromEntries(["parameter", "gradient", "exp_avg", "exp_avg_sq"].flatMap(all)),
    inputs: Object.fromEntries(
      ["gradientScale", ...Object.keys(optimizer.scalars(0, 0))].map((name) => [name, scalar]),
    ),
    body: (state, inputs) => ({
      state: Object.fromEntries(
        names.flatMap((name) => {
          const slots = { exp_avg: state[`exp_avg/${name}`]!, exp_avg_sq: state[`exp_avg_sq/${name}`]! };
          const gradient = mul(state[`gradient/${name}`]!, inputs.gradientScale!);
          const next = optimizer.update(name, { parameter: state[`parameter/${name}`]!, slots }, gradient, inputs);
          return [
            [`parameter/${name}`, next.parameter],
            [`exp_avg/${name}`, next.slots.exp_avg!],
            [`exp_avg_sq/${name}`, next.slots.exp_avg_sq!],
          ];
        }),
      ),
      outputs: {},
    }),
  });
  const host = names.map((name) => {
    const p = Float64Array.from(randomFloats(shapes[name]!, 1).data);
    return { name, p, m: new Float64Array(p.length), v: new Float64Array(p.length) };
  });
  const write = (prefix: string, seed: number) =>
    Object.fromEntries(
      names.map((name): [string, HostTensor] => [`${prefix}/${name}`, randomFloats(shapes[name]!, seed)]),
    );
  await backend.writeState(write("parameter", 1));
  const [gradientScale, learningRate] = [0.5, 1e-2];
  for (let step = 0; step < 3; step += 1) {
    const gradients = write("gradient", 10 + step);
    await backend.writeState(gradients);
    const scalars = Object.entries({ ...optimizer.scalars(step, learningRate), gradientScale });
    await program.run(Object.fromEntries(scalars.map(([name, value]) => [name, Float32Array.of(value)])));
    for (const { name, p, m, v } of host) {
      const decay = shapes[name]!.length >= 2 ? 1 - learningRate * options.weightDecay : 1;
      for (let index = 0; index < sizeOf(shapes[name]!); index += 1) {
        const g = gradients[`gradient/${name}`]!.data[index]! * gradientScale;
        m[index] = options.betas[0] * m[index]! + (1 - options.betas[0]) * g;
        v[index] = options.betas[1] * v[index]! + (1 - options.betas[1]) * g * g;
        const corrected = Math.sqrt(v[index]! / (1 - options.betas[1] ** (step + 1))) + options.epsilon;
        p[index] = p[index]! * decay - (learningRate * m[index]!) / (1 - options.betas[0] ** (step + 1)) / corrected;
      }
    }
  }
  for (const { name, p, m, v } of host) {
    const state = await backend.readState([`parameter/${name}`, `exp_avg/${name}`, `exp_avg_sq/${name}`]);
    for (const [prefix, expected] of [
      ["parameter", p],
      ["exp_avg", m],
      ["exp_avg_sq", v],
    ] as const) {
      const tolerance = { relative: 2e-6, ofLargest: 1e-6 };
      assertClose(state[`${prefix}/${name}`]!.data, expected, tolerance, `AdamW, ${prefix} of ${name}`);
    }
  }
}

/** Training: accumulation, the optimizer, a whole small model. */
export const trainingChecks: readonly BackendCheck[] = [
  {
    title: "accumulates two microBatches to the gradient of one large batch",
    async check(backend) {
      await backend.writeState({ w: randomFloats([5, 3], 1) });
      const { data } = randomFloats([6, 5], 2);
      const whole = await accumulated(backend, 6, [data]);
      const parts = await accumulated(backend, 3, [data.subarray(0, 15), data.subarray(15)]);
      assertClose(parts, whole, { relative: 1e-6, ofLargest: 1e-6 }, "accumulated gradient");
    },
  },
  { title: "updates parameters of odd sizes by AdamW as float64 does", check: checkAdamW },
  {
    title: "trains a small GPT for 20 steps as PyTorch does in float64, within 2e-6",
    async check(backend) {
      const losses = await trainToyGpt(backend);
      assertClose(losses, toyGptLosses, { relative: 2e-6, ofLargest: 0 }, "losses");
    },
  },
];
