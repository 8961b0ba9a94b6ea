import type { Graph } from "../ir/graph.js";
import { type Node, nodeOf, type Value } from "../ir/value.js";

/**
 * Puts other values in the place of some, wherever those are read. What comes in may read what was there before; it is
 * rewritten too.
 */
export function replaceValues(graph: Graph, replacements: ReadonlyMap<Value, Value>): Graph {
  if (replacements.size === 0) return graph;
  const g = graph.builder;
  const settled = new Map<Node, Node>();
  const settle = (node: Node): Node => {
    const known = settled.get(node);
    if (known) return known;
    const inputs = node.inputs.map((input) => input && current(input));
    const changed = inputs.some((input, index) => input !== node.inputs[index]);
    const next = changed ? g.node(node.op, inputs, node.outputs, node.attributes, node.domain) : node;
    settled.set(node, next);
    return next;
  };
  const current = (value: Value): Value => {
    const wanted = replacements.get(value) ?? value;
    const { source } = wanted;
    return source.kind === "node" ? settle(source.node).outputs[source.index]! : wanted;
  };
  return { ...graph, outputs: graph.outputs.map((output) => ({ ...output, value: current(output.value) })) };
}

/** All nodes that a value waits for. */
export function ancestorsOf(value: Value): Set<Node> {
  const found = new Set<Node>();
  const open = [value];
  for (let next = open.pop(); next; next = open.pop()) {
    const node = nodeOf(next);
    if (!node || found.has(node)) continue;
    found.add(node);
    for (const input of node.inputs) if (input) open.push(input);
  }
  return found;
}
