import { type GraphBuilder } from "./graph-builder.js";
import { type Node, nodeOf, type Value } from "./value.js";

/** A value that leaves the graph, by the name of what it becomes. */
export interface GraphOutput {
  readonly name: string;
  readonly of: "state" | "output";
  readonly value: Value;
}

/** A computation: what leaves it determines what is in it, so nothing dead is ever part of it. */
export interface Graph {
  readonly name: string;
  readonly builder: GraphBuilder;
  readonly outputs: readonly GraphOutput[];
}

/** The nodes that outputs need, each after those that it reads. */
export function nodesOf(graph: Graph): readonly Node[] {
  const found = new Set<Node>();
  const open: Node[] = [];
  const visit = (value: Value | undefined) => {
    const node = nodeOf(value);
    if (node && !found.has(node)) {
      found.add(node);
      open.push(node);
    }
  };
  for (const output of graph.outputs) visit(output.value);
  for (let node = open.pop(); node; node = open.pop()) node.inputs.forEach(visit);
  return [...found].sort((a, b) => a.id - b.id);
}

/** A node and all that it waits for. */
export function ancestorsOf(node: Node | undefined): Set<Node> {
  const found = new Set<Node>(node && [node]);
  const open = [...found];
  for (let next = open.pop(); next; next = open.pop()) {
    for (const source of next.inputs.map(nodeOf)) {
      if (!source || found.has(source)) continue;
      found.add(source);
      open.push(source);
    }
  }
  return found;
}

/** Values that outputs need and that no node makes: inputs, constants and fills, in order of their making. */
export function leavesOf(graph: Graph): readonly Value[] {
  const leaves = new Set<Value>();
  const visit = (value: Value | undefined) => {
    if (value && !nodeOf(value)) leaves.add(value);
  };
  for (const node of nodesOf(graph)) node.inputs.forEach(visit);
  for (const output of graph.outputs) visit(output.value);
  return [...leaves].sort((a, b) => a.id - b.id);
}

/** How often each value is read, by nodes and as an output of the graph. */
export function useCounts(graph: Graph): Map<Value, number> {
  const counts = new Map<Value, number>();
  const count = (value: Value | undefined) => {
    if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  };
  for (const node of nodesOf(graph)) node.inputs.forEach(count);
  for (const output of graph.outputs) count(output.value);
  return counts;
}
