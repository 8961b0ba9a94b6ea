import type { NarrowedState } from "../compiled-graph.js";
import type { Graph } from "../ir/graph.js";
import { GraphBuilder } from "../ir/graph-builder.js";
import { float, floatAttribute, int, intAttribute, type Value } from "../ir/value.js";
import { nativeDomain, type Target } from "../target/target.js";
import { FEW_ROWS } from "./native-products.js";
import { type Rule, rewriteOnce } from "./rewrite.js";

/** Columns of a panel: see `NarrowProduct` of native/kernels.h. */
const PANEL_COLUMNS = 64;

/** A matrix [depth, columns] as panels of words: scales, then four weights a word. */
const panelShape = (depth: number, columns: number) => [
  Math.ceil(columns / PANEL_COLUMNS),
  PANEL_COLUMNS + (depth * PANEL_COLUMNS) / 4,
];

function narrowedState(matrix: Value, of: string, isTransposed: boolean): NarrowedState {
  const [depth, columns] = (isTransposed ? [...matrix.shape].reverse() : matrix.shape) as [number, number];
  const name = `${isTransposed ? "int8-transposed" : "int8"}/${of}`;
  return { name, spec: { dtype: "int32", shape: panelShape(depth, columns) }, of, shape: matrix.shape, isTransposed };
}

/** Native products of few rows with matrices of the state → the same with those narrowed to int8, which is new state. */
export function narrowProducts(graph: Graph): { readonly graph: Graph; readonly narrowed: readonly NarrowedState[] } {
  const found = new Map<string, { readonly state: NarrowedState; readonly panels: Value }>();
  const narrow: Rule = (node, { g }) => {
    const [a, matrix, bias, base] = node.inputs as [Value, Value, Value | undefined, Value | undefined];
    const { dtype, shape } = node.outputs[0]!;
    const isFit = node.domain === nativeDomain && shape[0]! <= FEW_ROWS && intAttribute(node, "transA", 0) === 0;
    if (!isFit || matrix.source.kind !== "input" || matrix.source.of !== "state") return undefined;
    const state = narrowedState(matrix, matrix.source.name, intAttribute(node, "transB", 0) === 1);
    const known = found.get(state.name) ?? {
      state,
      panels: g.input(state.name, "state", state.spec.dtype, state.spec.shape),
    };
    found.set(state.name, known);
    const attributes = { alpha: float(floatAttribute(node, "alpha", 1)), columns: int(shape[1]!) };
    return g.apply("NarrowGemm", [a, known.panels, bias, base], dtype, shape, attributes, nativeDomain);
  };
  const rewritten = rewriteOnce(graph, { Gemm: [narrow] });
  return { graph: rewritten, narrowed: Array.from(found.values(), ({ state }) => state) };
}

/** The graph that makes narrowed state. */
export function narrowingGraph(name: string, narrowed: readonly NarrowedState[], target: Target): Graph {
  const g = new GraphBuilder(target);
  const matrices = new Map<string, Value>();
  const outputs = narrowed.map(({ name: narrowName, spec, of, shape, isTransposed }) => {
    const matrix = matrices.get(of) ?? g.input(of, "state", "float32", shape);
    matrices.set(of, matrix);
    const attributes = { transposed: int(Number(isTransposed)) };
    const value = g.apply("Narrow", [matrix], spec.dtype, spec.shape, attributes, nativeDomain);
    return { name: narrowName, of: "state" as const, value };
  });
  return { name, builder: g, outputs };
}
