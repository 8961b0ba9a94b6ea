import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import type { Program } from "codex-core";
import { linear, tokenCrossEntropy } from "codex-nn";
import { assertClose, randomFloats } from "codex-nn/testing";
import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";
import { nodesOf } from "#src/ir/graph.js";
import { findAliases } from "#src/passes/find-aliases.js";
import { optimizeGraph } from "#src/passes/optimize-graph.js";
import { recordProgram } from "#src/record/record-program.js";
import { cpuTarget } from "#src/target/target.js";

/** Logits of 140 MB, which are more than are held at once. */
const [rows, classes, width] = [701, 50021, 3];

type Combine = (losses: tf.Tensor, mask: tf.Tensor, logits: tf.Tensor) => tf.Tensor;

const masked: Combine = (losses, mask) => tf.sum(tf.mul(losses, mask));

/** Accumulates a head's gradient. */
function headProgram(combine: Combine, count = rows): Program<tf.Tensor> {
  const f32 = (shape: readonly number[]) => ({ shape, dtype: "float32" as const });
  return {
    name: "head",
    state: { weight: f32([classes, width]), gradient: f32([classes, width]) },
    inputs: { x: f32([count, width]), mask: f32([count]), targets: { shape: [count], dtype: "int32" } },
    body({ weight, gradient }, { x, mask, targets }) {
      const loss = (...[a, w]: tf.Tensor[]) => {
        const logits = linear(a!, w!, undefined, { transposeWeight: true });
        return combine(tokenCrossEntropy(logits, targets!), mask!, logits) as tf.Scalar;
      };
      const { value, grads } = tf.valueAndGrads(loss)([x!, weight!]);
      return { state: { gradient: tf.add(gradient!, grads[1]!) }, outputs: { value, dx: grads[0]! } };
    },
  };
}

const fusedNodes = (program: Program<tf.Tensor>, native = true) =>
  nodesOf(optimizeGraph(recordProgram(program, { ...cpuTarget, native }))).filter(
    ({ op }) => op === "HeadCrossEntropy",
  );

/** Runs it twice; gives what the second run gave. */
async function run(native: boolean, threads = 2) {
  const backend = await createOnnxBackend(computeOnnxOptions.parse({ native, threads }));
  try {
    const compiled = await backend.compile(headProgram(masked));
    const shape = [classes, width];
    const data = (seed: number) => ({ shape, dtype: "float32" as const, data: randomFloats(shape, seed).data });
    await backend.writeState({ weight: data(1), gradient: data(2) });
    const inputs = {
      x: randomFloats([rows, width], 3).data,
      mask: Float32Array.from({ length: rows }, (_, index) => (index % 3) / rows),
      targets: Int32Array.from({ length: rows }, (_, index) => (index * 71) % classes),
    };
    await compiled.run(inputs);
    const { value, dx } = await compiled.run(inputs);
    const state = await backend.readState(["gradient"]);
    return { value: value!, dx: dx!, gradient: state.gradient!.data };
  } finally {
    await backend.dispose();
  }
}

describe("dropProbabilities", () => {
  const classesOf = (op: "loss" | "gradient") => {
    const program: Program<tf.Tensor> = {
      name: "entropy",
      state: {},
      inputs: { x: { shape: [5, 7], dtype: "float32" }, targets: { shape: [5], dtype: "int32" } },
      body(_, { x, targets }) {
        const loss = (logits: tf.Tensor) => tf.sum(tokenCrossEntropy(logits, targets!)) as tf.Scalar;
        return { outputs: { y: op === "loss" ? loss(x!) : tf.grad(loss)(x!) } };
      },
    };
    const nodes = nodesOf(optimizeGraph(recordProgram(program, { ...cpuTarget, native: true })));
    return nodes.find(({ op: each }) => each === "CrossEntropy")!.outputs.map(({ shape }) => shape);
  };

  it("leaves out what only a gradient reads", () => {
    expect(classesOf("loss")).to.deep.equal([[5]]);
    expect(classesOf("gradient")).to.deep.equal([[5], [5, 7]]);
  });
});

describe("fuseHead", () => {
  it("makes a head, its cross entropy and their gradients one operator that adds onto the state in place", () => {
    const graph = optimizeGraph(recordProgram(headProgram(masked), { ...cpuTarget, native: true }));
    const heads = nodesOf(graph).filter(({ op }) => op === "HeadCrossEntropy");
    expect(heads.map(({ outputs }) => outputs[3]!.shape)).to.deep.equal([[351, classes]]);
    expect(nodesOf(graph).map(({ op }) => op)).to.not.include.members(["Gemm"]);
    expect(findAliases(graph)).to.deep.equal([{ output: "new:gradient", input: "state:gradient" }]);
  });

  it("leaves it where slopes wait for losses, where logits are read, of few rows, and on stock operators", () => {
    expect(fusedNodes(headProgram((losses, mask) => tf.sum(tf.mul(tf.square(losses), mask))))).to.be.empty;
    const read: Combine = (losses, mask, logits) => tf.add(masked(losses, mask, logits), tf.sum(tf.square(logits)));
    expect(fusedNodes(headProgram(read))).to.be.empty;
    expect(fusedNodes(headProgram(masked, 600))).to.be.empty;
    expect(fusedNodes(headProgram(masked), false)).to.be.empty;
  });

  it("gives the loss and gradients of stock operators, and the same bits on 1 and 2 threads", async () => {
    const [native, stock] = [await run(true), await run(false)];
    for (const name of ["value", "dx", "gradient"] as const) {
      assertClose(native[name], stock[name], { relative: 1e-5, ofLargest: 1e-5 }, name);
    }
    expect(await run(true, 1)).to.deep.equal(native);
  });
});
