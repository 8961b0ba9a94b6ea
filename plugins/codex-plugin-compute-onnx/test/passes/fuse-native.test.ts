import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import type { Program } from "codex-core";
import { dropoutMask, embedding, layerNorm } from "codex-nn";
import { compileGraph } from "#src/compile-graph.js";
import { nodesOf } from "#src/ir/graph.js";
import type { Node } from "#src/ir/value.js";
import { optimizeGraph } from "#src/passes/optimize-graph.js";
import { recordProgram } from "#src/record/record-program.js";
import { cpuTarget } from "#src/target/target.js";
import { specs } from "../support/operators-of.js";

type Tensors = { readonly [name: string]: tf.Tensor };
type Outputs = { readonly [name: string]: tf.Tensor };

const inputs = {
  ...specs({ x: [6, 4], r: [6, 4], s: [4], b: [4], table: [5, 4] }),
  ids: { shape: [6], dtype: "int32" as const },
  key: { shape: [4], dtype: "int32" as const },
};

/** Nodes of a program, recorded for native operators. */
function nativeNodes(body: (tensors: Tensors) => Outputs): readonly Node[] {
  const program: Program<tf.Tensor> = {
    name: "test",
    state: {},
    inputs,
    body: (_, tensors) => ({ outputs: body(tensors) }),
  };
  return nodesOf(optimizeGraph(recordProgram(program, { ...cpuTarget, native: true })));
}

const only = (nodes: readonly Node[], op: string): Node => {
  const found = nodes.filter((node) => node.op === op);
  expect(found, op).to.have.length(1);
  return found[0]!;
};
const ops = (nodes: readonly Node[]) => nodes.map(({ op }) => op);

const masked = (x: tf.Tensor, key: tf.Tensor) => tf.mul(x, dropoutMask(key, { shape: x.shape, rate: 0.5, site: 7 }));

describe("passes for native operators", () => {
  it("draw dropout's mask where it is used, forwards and backwards", () => {
    const nodes = nativeNodes(({ x, key }) => ({
      dx: tf.grad((value: tf.Tensor) => tf.sum(tf.square(masked(value, key!))))(x!),
    }));
    expect(ops(nodes)).to.not.include("DropoutMask");
    expect(ops(nodes).filter((op) => op === "Dropout")).to.have.length(2);
  });

  it("let dropout add a residual, unless the dropped value is read elsewhere too", () => {
    const residual = nativeNodes(({ x, r, key }) => ({ y: tf.add(r!, masked(x!, key!)) }));
    expect(ops(residual)).to.deep.equal(["Dropout"]);
    const read = nativeNodes(({ x, r, key }) => {
      const dropped = masked(x!, key!);
      return { y: tf.add(r!, dropped), z: tf.exp(dropped) };
    });
    expect(ops(read)).to.have.members(["Dropout", "Add", "Exp"]);
  });

  it("keep a mask that is broadcast, or no factor", () => {
    const nodes = nativeNodes(({ x, key }) => ({
      y: tf.mul(x!, dropoutMask(key!, { shape: [4], rate: 0.5, site: 7 })),
    }));
    expect(ops(nodes)).to.deep.equal(["DropoutMask", "Mul"]);
  });

  it("let a norm's gradient add what comes by the residual, in one node for all its outputs", () => {
    const nodes = nativeNodes(({ x, s, b }) => {
      const f = (value: tf.Tensor, scale: tf.Tensor, bias: tf.Tensor) =>
        tf.sum(tf.mul(tf.exp(value), layerNorm(value, scale, bias))) as tf.Scalar;
      const [dx, ds, db] = tf.grads(f as (...values: tf.Tensor[]) => tf.Tensor)([x!, s!, b!]);
      return { dx: dx!, ds: ds!, db: db! };
    });
    expect(only(nodes, "LayerNormGradient").inputs).to.have.length(6);
    expect(ops(nodes)).to.not.include("Add");
  });

  it("leave a sum whose other side waits for the norm's gradient", () => {
    const nodes = nativeNodes(({ x, r, s }) => {
      const f = (value: tf.Tensor, scale: tf.Tensor) => tf.sum(tf.mul(layerNorm(value, scale), r!));
      const [dx, ds] = tf.grads(f as (...values: tf.Tensor[]) => tf.Tensor)([x!, s!]);
      return { y: tf.add(dx!, tf.mul(r!, ds!)) };
    });
    expect(only(nodes, "LayerNormGradient").inputs).to.have.length(5);
    expect(ops(nodes)).to.include("Add");
  });

  it("add an embedding's rows onto its table's other gradient", () => {
    const nodes = nativeNodes(({ table, ids }) => ({
      dTable: tf.grad((t: tf.Tensor) => tf.add(tf.sum(tf.exp(embedding(t, ids!))), tf.sum(tf.exp(t))))(table!),
    }));
    only(nodes, "EmbeddingGradientOnto");
    expect(ops(nodes)).to.not.include.members(["EmbeddingGradient"]);
  });

  it("are none of stock operators' business", () => {
    const body: Program<tf.Tensor>["body"] = (_, { x, r, key }) => ({
      outputs: { y: tf.add(r!, masked(x!, key!)) },
    });
    expect(compileGraph({ name: "test", state: {}, inputs, body }).describe().text).to.not.include("codex.");
  });
});
