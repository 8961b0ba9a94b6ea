import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import type { Program } from "codex-core";
import { embedding, linear } from "codex-nn";
import { compileGraph } from "#src/compile-graph.js";
import type { SessionGraph } from "#src/compiled-graph.js";
import { cpuTarget } from "#src/target/target.js";

const shapes = { "parameter/table": [100, 32], "parameter/w": [32, 24], "parameter/b": [24] };

/** A tied table, looked up and multiplied with; a product with what is no state; rows of x. */
function graphOf(rows: number, weights: "int8" | undefined, native = true): SessionGraph {
  const program: Program<tf.Tensor> = {
    name: "test",
    state: Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape, dtype: "float32" }])),
    inputs: { ids: { shape: [rows], dtype: "int32" }, v: { shape: [24, 32], dtype: "float32" } },
    ...(weights && { weights }),
    body(state, { ids, v }) {
      const table = state["parameter/table"]!;
      const y = linear(embedding(table, ids!), state["parameter/w"]!, state["parameter/b"] as tf.Tensor1D);
      return { outputs: { y: linear(linear(y, v!), table, undefined, { transposeWeight: true }) } };
    },
  };
  return compileGraph(program, { ...cpuTarget, native }) as SessionGraph;
}

const countOf = (graph: SessionGraph, operator: string) => {
  const { operators } = graph.describe();
  return Object.entries(operators).reduce((sum, [name, { count }]) => (name.endsWith(operator) ? sum + count : sum), 0);
};

describe("narrowProducts", () => {
  it("narrows matrices of the state in products of few rows, and nothing else", () => {
    const graph = graphOf(3, "int8");
    expect(countOf(graph, "NarrowGemm")).to.equal(2);
    expect(graph.narrowed.map(({ name, of, spec }) => [name, of, spec.shape])).to.deep.equal([
      ["int8/parameter/w", "parameter/w", [1, 64 + 16 * 32]],
      ["int8-transposed/parameter/table", "parameter/table", [2, 64 + 16 * 32]],
    ]);
    const inputs = graph.model.inputs.map(({ name }) => name);
    expect(inputs).to.include("state:parameter/table").and.not.to.include("state:parameter/w");
  });

  for (const [what, graph] of [
    ["programs that do not ask for it", () => graphOf(3, undefined)],
    ["products of many rows", () => graphOf(9, "int8")],
    ["stock operators", () => graphOf(3, "int8", false)],
  ] as const) {
    it(`leaves ${what} alone`, () => {
      expect(graph().narrowed).to.deep.equal([]);
      expect(countOf(graph(), "NarrowGemm")).to.equal(0);
    });
  }
});
