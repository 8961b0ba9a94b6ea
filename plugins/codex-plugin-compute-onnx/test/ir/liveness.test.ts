import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import type { Program } from "codex-core";
import { compileGraph } from "#src/compile-graph.js";
import { nodesOf } from "#src/ir/graph.js";
import { livenessOf } from "#src/ir/liveness.js";
import { describeGraph } from "#src/ir/print.js";
import { runOrder } from "#src/ir/run-order.js";
import { arrangeNodes } from "#src/passes/arrange-nodes.js";
import { optimizeGraph } from "#src/passes/optimize-graph.js";
import { recordProgram } from "#src/record/record-program.js";
import { specs } from "../support/operators-of.js";

const program = (body: Program<tf.Tensor>["body"]): Program<tf.Tensor> => ({
  name: "flow",
  state: specs({ w: [8, 16] }),
  inputs: specs({ x: [16, 8] }),
  body,
});

const graphOf = (body: Program<tf.Tensor>["body"]) => optimizeGraph(recordProgram(program(body)));

/** Bytes of a [16, 16] float32. */
const square = 16 * 16 * 4;

describe("livenessOf", () => {
  it("counts what is in between, and neither views, nor what may be written over, nor outputs", () => {
    const graph = graphOf(({ w }, { x }) => {
      const product = tf.matMul(x!, w!);
      const changed = tf.reshape(tf.exp(tf.add(product, 1)), [256, 1]);
      return { outputs: { y: tf.matMul(changed, changed, true, false) } };
    });
    const { peakBytes, places } = livenessOf(graph, runOrder(arrangeNodes(graph)));
    expect(peakBytes).to.equal(square);
    expect([...places].map(([node, { how }]) => `${node.op} ${how}`)).to.have.members([
      "Add over",
      "Exp over",
      "Reshape view",
    ]);
  });

  it("keeps a value until its last reader", () => {
    const graph = graphOf(({ w }, { x }) => {
      const product = tf.matMul(x!, w!);
      return { outputs: { y: tf.matMul(tf.exp(product), product) } };
    });
    expect(livenessOf(graph, runOrder(arrangeNodes(graph))).peakBytes).to.equal(2 * square);
  });
});

describe("arrangeNodes", () => {
  /** Ten maps in a row, with a sum of each, and all sums joined: as a gradient's norm is made. */
  const chain: Program<tf.Tensor>["body"] = ({ w }, { x }) => {
    let y: tf.Tensor = tf.matMul(x!, w!);
    const sums: tf.Tensor[] = [];
    for (let index = 0; index < 10; index += 1) {
      y = tf.transpose(tf.tanh(y));
      sums.unshift(tf.sum(tf.matMul(y, w!, true, true), 1));
    }
    return { outputs: { first: tf.sum(tf.exp(tf.matMul(x!, w!))), all: tf.concat(sums) } };
  };

  it("makes what is joined as soon as it can be, and what ends first first", () => {
    const graph = graphOf(chain);
    const plain = livenessOf(graph, runOrder(nodesOf(graph)));
    const arranged = livenessOf(graph, runOrder(arrangeNodes(graph)));
    expect(arranged.peakBytes).to.be.below(plain.peakBytes / 2);
    expect(runOrder(arrangeNodes(graph)).findIndex(({ op }) => op === "Exp")).to.be.below(5);
  });

  it("writes every node once, after what it reads", () => {
    const graph = graphOf(chain);
    const written = arrangeNodes(graph);
    expect(new Set(written).size).to.equal(written.length);
    expect(written).to.have.length(nodesOf(graph).length);
    for (const order of [written, runOrder(written)]) {
      const done = new Set<object>();
      for (const node of order) {
        for (const input of node.inputs) {
          if (input?.source.kind === "node") expect(done.has(input.source.node)).to.equal(true);
        }
        done.add(node);
      }
    }
  });
});

describe("a graph's description", () => {
  it("names what is read, made, reused and where it goes", () => {
    const graph = graphOf(({ w }, { x }) => ({ outputs: { y: tf.matMul(tf.relu(tf.matMul(x!, w!)), x!) } }));
    const { nodeCount, operators, peakBytes, text } = describeGraph(graph, arrangeNodes(graph));
    expect(nodeCount).to.equal(3);
    expect(operators).to.deep.equal({
      Gemm: { count: 2, flops: 2 * 16 * 16 * 8 + 2 * 16 * 8 * 16 },
      Relu: { count: 1, flops: 0 },
    });
    expect(peakBytes).to.equal(2 * square);
    expect(text).to.match(/^ +512 B {2}@w: float32\[8,16\] {2}state$/m);
    expect(text).to.match(/^ +1\.0 KiB +1\.0 KiB {2}%\d+: float32\[16,16\] = Gemm\(@x, @w\) {2}; 0\.0 MFLOP$/m);
    expect(text).to.match(/Gemm\(%\d+, @x\) {2}; 0\.0 MFLOP; → output y$/m);
    expect(text).to.match(/Relu\(%\d+\) {2}; ← peak$/m);
  });

  it("says which state is written in place, and how many tensors share a pattern", () => {
    const body: Program<tf.Tensor>["body"] = ({ w }, { x }) => ({
      state: { w: tf.add(w!, tf.matMul(x!, tf.ones([16, 16]), true)) },
      outputs: {},
    });
    expect(compileGraph(program(body)).describe().text).to.match(/→ state w, in place$/m);
    const update = compileGraph({
      name: "update",
      state: specs({ a: [4], b: [8] }),
      inputs: specs({}),
      body: ({ a, b }) => ({ state: { a: tf.mul(a!, 2), b: tf.mul(b!, 2) }, outputs: {} }),
    }).describe();
    expect(update.nodeCount).to.equal(2);
    expect(update.text).to.contain("for each of 2 tensors, in slices");
  });
});
