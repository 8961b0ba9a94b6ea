import { type Graph, nodesOf, useCounts } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import { type Node, nodeOf, type Value } from "../ir/value.js";

/** What a rule sees of the graph that it rewrites. */
export interface RewriteContext {
  readonly g: GraphBuilder;
  /**
   * How often a value is read. Values that came about in this round are read an unknown number of times: `Infinity`;
   * the next round knows.
   */
  uses(value: Value): number;
}

/** Replaces a node's outputs, or leaves the node by returning undefined. The node's inputs are already rewritten. */
export type Rule = (node: Node, context: RewriteContext) => readonly Value[] | Value | undefined;

/** Rules by the operator that they look at. */
export type RuleSet = { readonly [op: string]: readonly Rule[] };

/** Rounds that a graph is given to settle. Every rule makes the graph simpler, so few are needed. */
const MAX_ROUNDS = 24;

/** One round: each node once, in order. */
export function rewriteOnce(graph: Graph, rules: RuleSet): Graph {
  const g = graph.builder;
  const replaced = new Map<Value, Value>();
  const counts = useCounts(graph);
  const context: RewriteContext = { g, uses: (value) => counts.get(value) ?? Number.POSITIVE_INFINITY };
  const current = (value: Value) => replaced.get(value) ?? value;
  for (const node of nodesOf(graph)) {
    const inputs = node.inputs.map((input) => input && current(input));
    const changed = inputs.some((input, index) => input !== node.inputs[index]);
    const next = changed ? g.node(node.op, inputs, node.outputs, node.attributes, node.domain) : node;
    if (next !== node) {
      next.outputs.forEach((output, index) => {
        counts.set(output, (counts.get(output) ?? 0) + (counts.get(node.outputs[index]!) ?? 0));
      });
    }
    const outputs = applyRules(next, rules[next.op], context) ?? next.outputs;
    node.outputs.forEach((output, index) => {
      if (outputs[index] !== output) replaced.set(output, outputs[index]!);
    });
  }
  return { ...graph, outputs: graph.outputs.map((output) => ({ ...output, value: current(output.value) })) };
}

function applyRules(node: Node, rules: readonly Rule[] | undefined, context: RewriteContext) {
  for (const rule of rules ?? []) {
    const result = rule(node, context);
    if (result) return "id" in result && "source" in result ? [result] : result;
  }
  return undefined;
}

/** Rounds until nothing changes. */
export function rewrite(graph: Graph, rules: RuleSet): Graph {
  let current = graph;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const next = rewriteOnce(current, rules);
    if (next.outputs.every((output, index) => output.value === current.outputs[index]!.value)) return next;
    current = next;
  }
  return current;
}

/** Replaces what nodes read, and outputs; the nodes stay. */
export function rewriteInputs(graph: Graph, replace: (value: Value, reader: Node | undefined) => Value): Graph {
  const g = graph.builder;
  const replaced = new Map<Value, Value>();
  const current = (value: Value, reader: Node | undefined) =>
    replaced.get(value) ?? (nodeOf(value) ? value : replace(value, reader));
  for (const node of nodesOf(graph)) {
    const inputs = node.inputs.map((input) => input && current(input, node));
    if (inputs.every((input, index) => input === node.inputs[index])) continue;
    const next = g.node(node.op, inputs, node.outputs, node.attributes, node.domain);
    node.outputs.forEach((output, index) => {
      replaced.set(output, next.outputs[index]!);
    });
  }
  const outputs = graph.outputs.map((output) => ({ ...output, value: current(output.value, undefined) }));
  return { ...graph, outputs };
}
