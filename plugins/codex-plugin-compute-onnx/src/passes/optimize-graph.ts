import type { Graph } from "../ir/graph.js";

/** All passes, in order. */
export function optimizeGraph(graph: Graph): Graph {
  return graph;
}
