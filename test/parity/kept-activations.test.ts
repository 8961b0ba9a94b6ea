import type { Tensor } from "@tensorflow/tfjs-core";
import { expect } from "chai";
import type { Program } from "codex-core";
import { GptLoader } from "codex-plugin-model-gpt";
import { NextTokenObjective } from "codex-plugin-trainer-lm";
import { type Graph, nodesOf } from "../../plugins/codex-plugin-compute-onnx/dist/ir/graph.js";
import { type Node, nodeOf, sizeOf, type Value } from "../../plugins/codex-plugin-compute-onnx/dist/ir/value.js";
import { optimizeGraph } from "../../plugins/codex-plugin-compute-onnx/dist/passes/optimize-graph.js";
import { recordProgram } from "../../plugins/codex-plugin-compute-onnx/dist/record/record-program.js";
import { cpuTarget, type Target } from "../../plugins/codex-plugin-compute-onnx/dist/target/target.js";
import { gradientsProgram } from "../../plugins/codex-plugin-trainer-lm/dist/step/gradients-program.js";

/** Where the compiled step runs, by whether native operators are there. */
const targets = { native: { ...cpuTarget, native: true }, stock: cpuTarget };

/** Bytes of what the loss's own nodes make and others read: what the forward pass keeps for the backward pass. */
function keptBytes(program: Program<Tensor>, target: Target): number {
  const graph: Graph = optimizeGraph(recordProgram(program, target));
  const forward = new Set<Node>();
  const visit = (value: Value | undefined): void => {
    const node = nodeOf(value);
    if (!node || forward.has(node)) return;
    forward.add(node);
    node.inputs.forEach(visit);
  };
  visit(graph.outputs.find(({ name }) => name === "lossSum")?.value);
  const kept = new Set<Value>();
  for (const node of nodesOf(graph)) {
    if (forward.has(node)) continue;
    for (const value of node.inputs.map(unshaped)) if (value && forward.has(nodeOf(value)!)) kept.add(value);
  }
  return [...kept].reduce((bytes, { shape }) => bytes + 4 * sizeOf(shape), 0);
}

/** A reshaped value is the same memory. */
function unshaped(value: Value | undefined): Value | undefined {
  const node = nodeOf(value);
  return node?.op === "Reshape" ? unshaped(node.inputs[0]) : value;
}

describe("a model's plan of its activations", () => {
  for (const [contextLength, dropout] of [
    [64, 0],
    [128, 0],
    [256, 0],
    [256, 0.1],
    [64, 0.1],
  ] as const) {
    it(`counts what the compiled steps keep: context ${contextLength}, dropout ${dropout}`, async () => {
      const [layerCount, headCount, embedDim, vocabSize, microBatch] = [3, 4, 128, 13, 2];
      const loader = new GptLoader({ layerCount, headCount, embedDim, contextLength, dropout, bias: true });
      const spec = { vocabSize, dtype: "float32" } as const;
      const model = await loader.load(spec);
      const shape = { microBatch, contextLength };
      const program = gradientsProgram({ model, objective: new NextTokenObjective(), shape }, "fresh");
      const { activationBytesPerToken: fused, composedBytesPerToken: besides } = loader.plan(spec);
      const tokens = microBatch * contextLength;
      expect((fused * tokens) / keptBytes(program, targets.native), "native").to.be.within(0.98, 1.01);
      expect(((fused + besides!) * tokens) / keptBytes(program, targets.stock), "stock").to.be.within(0.98, 1.01);
    });
  }
});
