import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import type { Program } from "codex-core";
import {
  cachedAttention,
  causalAttention,
  createAdamW,
  dropoutMask,
  embedding,
  gelu,
  layerNorm,
  linear,
  rmsNorm,
  rotaryEmbedding,
  squaredSum,
  swiglu,
  tokenCrossEntropy,
} from "codex-nn";
import { computeOnnxOptions } from "codex-plugin-compute-onnx";
import { compileGraph } from "#src/compile-graph.js";
import type { SessionGraph } from "#src/compiled-graph.js";
import { onnxFacts } from "#src/plan-onnx.js";
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
    expect(graph.describe().text).to.not.match(/FusedMatMul|OneHot|LogSoftmax|LayerNormalization/);
    expect(session(step(false), cpuTarget).describe().text).to.match(/FusedMatMul/);
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

  const operators: Record<string, (x: tf.Tensor, positions: tf.Tensor) => tf.Tensor> = {
    rmsNorm: (x) => rmsNorm(x, tf.ones([8])),
    swiglu: (x) => swiglu(x, tf.mul(x, 2)),
    rotaryEmbedding: (x, positions) => rotaryEmbedding(x, positions),
    "rotaryEmbedding of neighbours": (x, positions) => rotaryEmbedding(x, positions, { interleaved: true }),
  };
  for (const [name, body] of Object.entries(operators)) {
    it(`computes ${name} and its gradient`, () => {
      const program: Program<tf.Tensor> = {
        name,
        state: {},
        inputs: { x: float32(6, 2, 2, 8), positions: int32(6) },
        body(_, { x, positions }) {
          const loss = (value: tf.Tensor) => tf.sum(tf.square(body(value, positions!))) as tf.Scalar;
          const { value, grad } = tf.valueAndGrad(loss)(x!);
          return { outputs: { value, grad } };
        },
      };
      const graph = session(program, webgpuTarget);
      expect(graph.hostOperators).to.deep.equal([]);
      expect(graph.describe().text).to.not.match(/= codex\./);
    });
  }

  it("computes AdamW's update", () => {
    const adamw = createAdamW();
    const program: Program<tf.Tensor> = {
      name: "update",
      state: { parameter: float32(4, 8), exp_avg: float32(4, 8), exp_avg_sq: float32(4, 8) },
      inputs: Object.fromEntries(Object.keys(adamw.scalars(0, 1e-3)).map((name) => [name, float32()])),
      body({ parameter, ...slots }, scalars) {
        const updated = adamw.update("w", { parameter: parameter!, slots }, tf.square(parameter!), scalars);
        return { state: { parameter: updated.parameter, ...updated.slots }, outputs: {} };
      },
    };
    const graph = session(program, webgpuTarget);
    expect(graph.hostOperators).to.deep.equal([]);
    expect(graph.describe().text).to.not.match(/= codex\./);
  });

  it("composes cached attention, whose operator is wrong there", () => {
    const cache = float32(2, 3, 16, 8);
    const program: Program<tf.Tensor> = {
      name: "decode",
      state: { keys: cache, values: cache },
      inputs: { q: float32(1, 2, 3, 8), at: int32(2) },
      body({ keys, values }, { q, at }) {
        const { y, keyCache, valueCache } = cachedAttention(q!, q!, q!, keys!, values!, at);
        return { state: { keys: keyCache, values: valueCache }, outputs: { y } };
      },
    };
    expect(session(program, cpuTarget).describe().text).to.match(/GroupQueryAttention/);
    const graph = session(program, webgpuTarget);
    expect(graph.hostOperators).to.deep.equal([]);
    expect(graph.describe().text).to.not.match(/GroupQueryAttention/);
  });

  it("is what a plan for the device is of", () => {
    const textFor = (device: string) =>
      onnxFacts(computeOnnxOptions.parse({ device }), false).graphOf!(step(false)).text;
    expect(textFor("cpu")).to.match(/FusedMatMul/);
    expect(textFor("webgpu"))
      .to.match(/MatMul/)
      .and.not.match(/FusedMatMul|codex/);
  });

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
