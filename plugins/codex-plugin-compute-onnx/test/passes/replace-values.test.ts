import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import { nodesOf } from "#src/ir/graph.js";
import { replaceValues } from "#src/passes/replace-values.js";
import { recordProgram } from "#src/record/record-program.js";
import { specs } from "../support/operators-of.js";

describe("replaceValues", () => {
  it("rewrites a graph deeper than the stack", () => {
    const depth = 20_000;
    const graph = recordProgram({
      name: "deep",
      state: {},
      inputs: specs({ a: [2], b: [2] }),
      body(_, { a, b }) {
        let x = tf.exp(a!);
        for (let level = 0; level < depth; level++) x = tf.add(x, b!);
        return { outputs: { x } };
      },
    });
    const first = nodesOf(graph)[0]!;
    const g = graph.builder;
    const instead = g.apply("Neg", first.inputs, "float32", [2]);
    const replaced = nodesOf(replaceValues(graph, new Map([[first.outputs[0]!, instead]])));
    expect(replaced).to.have.length(depth + 1);
    expect(replaced[0]!.op).to.equal("Neg");
  });
});
