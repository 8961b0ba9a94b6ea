import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";

const elements = 2 ** 25;

/** Least time that runs go on for: short ones are many, so that the best of them had the machine to itself. */
const leastMs = 500;

/** Best of at least some runs of a program, in milliseconds. */
async function bestMs(program, rounds) {
  await program.run({});
  let best = Number.POSITIVE_INFINITY;
  const begun = performance.now();
  for (let round = 0; round < rounds || performance.now() - begun < leastMs; round++) {
    const started = performance.now();
    await program.run({});
    best = Math.min(best, performance.now() - started);
  }
  return best;
}

/** A program that writes its state `c` from its states `a` and `b`, all of one shape. */
async function measure(backend, shape, c, rounds) {
  const spec = { shape, dtype: "float32" };
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(0.5);
  await backend.writeState({ a: { ...spec, data }, b: { ...spec, data } });
  const state = { a: spec, b: spec, c: spec };
  const body = (values) => ({ state: { c: c(values) }, outputs: {} });
  const program = await backend.compile({ name: "machine-limit", state, inputs: {}, body });
  const ms = await bestMs(program, rounds);
  await program.dispose();
  await backend.releaseState(["a", "b", "c"]);
  return ms;
}

/** What our backend reaches: GFLOP/s of square products, GB/s of c = a + 3 b over 128 MB each. */
export async function ourLimits(backend, rounds) {
  const gflops = {};
  for (const size of [512, 1024, 2048]) {
    const ms = await measure(backend, [size, size], ({ a, b }) => tf.matMul(a, b), rounds);
    gflops[size] = (2 * size ** 3) / ms / 1e6;
  }
  const triad = ({ a, b }) => tf.add(a, tf.mul(b, tf.scalar(3)));
  const ms = await measure(backend, [elements], triad, rounds);
  return { gflops, triadGigabytes: (3 * 4 * elements) / ms / 1e6 };
}

/** The same of PyTorch, and a copy. */
export function pyTorchLimits(python, rounds, env = {}) {
  const script = fileURLToPath(new URL("peers/machine_limits.py", import.meta.url));
  return JSON.parse(
    execFileSync(python, [script, String(rounds)], { encoding: "utf8", env: { ...process.env, ...env } }),
  );
}
