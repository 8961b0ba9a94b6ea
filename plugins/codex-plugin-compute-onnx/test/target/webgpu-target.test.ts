import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import type { Program } from "codex-core";
import {
  causalAttention,
  dropoutMask,
  embedding,
  gelu,
  layerNorm,
  linear,
  squaredSum,
  tokenCrossEntropy,
} from "codex-nn";
import { compileGraph } from "#src/compile-graph.js";
import type { SessionGraph } from "#src/compiled-graph.js";
import { cpuTarget, type Target } from "#src/target/target.js";
import { webgpuTarget } from "#src/target/webgpu-target.js";

const float32 = (...shape: number[]) => ({ shape, dtype: "float32" as const });
const int32 = (...shape: number[]) => ({ shape, dtype: "int32" as const });

/** A step of a small model whose gradients are all state: every fused operator and its gradient. */
function step(dropout: boolean): Program<tf.Tensor> {
  const state = { table: float32(11, 8), scale: float32(8), weight: float32(8, 24), out: float32(8, 11) };
  const names = Object.keys(state) as (keyof typeof state)[];
  return {
    name: "step",
    state,
    inputs: { ids: int32(6, 2), targets: int32(12), key: int32(4) },
    body(held, { ids, targets, key }) {
      const loss = (...[table, scale, weight, out]: tf.Tensor[]) => {
        const x = layerNorm(tf.reshape(embedding(table!, ids!), [12, 8]), scale!);
        const parts = tf.split(linear(x, weight!), 3, 1).map((part) => tf.reshape(part, [6, 2, 2, 4]));
        const mask = dropout ? dropoutMask(key!, { shape: [2, 2, 6, 6], rate: 0.5, site: 1 }) : undefined;
        const y = causalAttention(parts[0]!, parts[1]!, parts[2]!, mask ? { dropoutMask: mask } : {});
        const logits = linear(gelu(tf.reshape(y, [12, 8])), out!);
        return tf.sum(tokenCrossEntropy(logits, targets!)) as tf.Scalar;
      };
      const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => held[name]!));
      const norm = tf.addN(grads.map((gradient) => squaredSum(gradient)));
      return { state: Object.fromEntries(names.map((name, i) => [name, grads[i]!])), outputs: { value, norm } };
    },
  };
}

function session(program: Program<tf.Tensor>, target: Target): SessionGraph {
  const graph = compileGraph(program, target);
  if (graph.kind !== "session") throw new Error("The program should be a session.");
  return graph;
}

const unary = (body: (x: tf.Tensor) => tf.Tensor): Program<tf.Tensor> => ({
  name: "unary",
  state: {},
  inputs: { x: float32(3, 5) },
  body: (_, { x }) => ({ outputs: { y: body(x!) } }),
});

describe("webgpuTarget", () => {
  it("leaves nothing of a training step to the processor", () => {
    const graph = session(step(false), webgpuTarget);
    expect(graph.hostOperators).to.deep.equal([]);
    expect(graph.dump()).to.not.match(/FusedMatMul|OneHot|LogSoftmax|LayerNormalization/);
    expect(session(step(false), cpuTarget).dump()).to.match(/FusedMatMul/);
  });

  it("names the bitwise operators of a dropout mask, which the device has not", () => {
    expect(session(step(true), webgpuTarget).hostOperators).to.include.members([
      "BitShift",
      "BitwiseAnd",
      "BitwiseXor",
    ]);
  });

  const forms: Record<string, (x: tf.Tensor) => tf.Tensor> = {
    argMax: (x) => tf.argMax(x, 1),
    "integers' slice": (x) => tf.slice(tf.cast(x, "int32"), [1, 0], [2, 5]),
    logSoftmax: (x) => tf.logSoftmax(x),
    mod: (x) => tf.mod(tf.cast(x, "int32"), tf.scalar(3, "int32")),
    "logical or": (x) => tf.cast(tf.logicalOr(tf.greater(x, 1), tf.less(x, 0)), "int32"),
    round: (x) => tf.round(x),
    sign: (x) => tf.sign(x),
    selu: (x) => tf.selu(x),
    isNaN: (x) => tf.cast(tf.isNaN(x), "int32"),
    oneHot: (x) => tf.oneHot(tf.cast(x, "int32"), 4),
  };
  for (const [name, body] of Object.entries(forms)) {
    it(`has a form of ${name}`, () => {
      expect(session(unary(body), webgpuTarget).hostOperators).to.deep.equal([]);
    });
  }

  it("tells what it has no form of", () => {
    const graph = session(
      unary((x) => tf.topk(x, 2).values),
      webgpuTarget,
    );
    expect(graph.hostOperators).to.deep.equal(["TopK"]);
  });

  it("keeps an elementwise program whole", () => {
    const program: Program<tf.Tensor> = {
      name: "decay",
      state: { w: float32(64) },
      inputs: {},
      body: ({ w }) => ({ state: { w: tf.mul(w!, 0.5) }, outputs: {} }),
    };
    expect(compileGraph(program).kind).to.equal("elementwise");
    expect(session(program, webgpuTarget).largest).to.include({ sizeBytes: 256 });
  });
});
