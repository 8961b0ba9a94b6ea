import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorSpecs } from "codex-core";
import { type Graph, nodesOf } from "#src/ir/graph.js";
import { optimizeGraph } from "#src/passes/optimize-graph.js";
import { recordProgram } from "#src/record/record-program.js";

type Named<Value> = { readonly [name: string]: Value };

/** Float32 specifications by name. */
export function specs(shapes: Named<readonly number[]>): TensorSpecs {
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape, dtype: "float32" }]));
}

/** A program without state, recorded and optimized. */
export function optimized(shapes: Named<readonly number[]>, body: (inputs: Named<Tensor>) => Tensor): Graph {
  const inputs = specs(shapes);
  return optimizeGraph(
    recordProgram({ name: "test", state: {}, inputs, body: (_, tensors) => ({ outputs: { y: body(tensors) } }) }),
  );
}

/** The operators of a graph in order. */
export function operatorsOf(graph: Graph): readonly string[] {
  return nodesOf(graph).map(({ op }) => op);
}
