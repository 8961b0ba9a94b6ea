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
  const wantedFor = (value: Value) => replacements.get(value) ?? value;
  const current = (value: Value): Value => {
    const wanted = wantedFor(value);
    const { source } = wanted;
    return source.kind === "node" ? settled.get(source.node)!.outputs[source.index]! : wanted;
  };
  const rewritten = (node: Node): Node => {
    const inputs = node.inputs.map((input) => input && current(input));
    const changed = inputs.some((input, index) => input !== node.inputs[index]);
    return changed ? g.node(node.op, inputs, node.outputs, node.attributes, node.domain) : node;
  };
  const unsettled = (values: readonly (Value | undefined)[]): readonly Node[] =>
    values
      .map((value) => nodeOf(value && wantedFor(value)))
      .filter((node) => node !== undefined)
      .filter((node) => !settled.has(node));
  // Not by calls of itself: a deep model's graph is deeper than the stack.
  const open = [...unsettled(graph.outputs.map(({ value }) => value))];
  for (let node = open.at(-1); node; node = open.at(-1)) {
    const before = unsettled(node.inputs);
    open.push(...before);
    if (before.length > 0) continue;
    if (!settled.has(node)) settled.set(node, rewritten(node));
    open.pop();
  }
  return { ...graph, outputs: graph.outputs.map((output) => ({ ...output, value: current(output.value) })) };
}
