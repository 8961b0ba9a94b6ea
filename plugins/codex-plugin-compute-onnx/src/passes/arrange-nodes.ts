import { ancestorsOf, type Graph, nodesOf } from "../ir/graph.js";
import { type Node, nodeOf } from "../ir/value.js";

/** A node of so many operands joins what different parts of the graph made. */
const JOIN = 8;

/**
 * The nodes in the order in which they are written, each after what it reads. ONNX Runtime runs depth first: from the
 * last written of the nodes that nobody reads, and for each node the last written of what it reads first. So of the
 * graph's ends, and of what a join reads, those that wait for least are written last: a loss is taken before its
 * logits have to wait for the backward pass, and a weight's gradient as soon as it can be, so that the activations
 * that it reads do not stay to the end.
 */
export function arrangeNodes(graph: Graph): readonly Node[] {
  const nodes = nodesOf(graph);
  const readers = new Map<Node, Set<Node>>();
  for (const node of nodes) {
    for (const source of sourcesOf(node)) {
      const known = readers.get(source);
      if (known) known.add(node);
      else readers.set(source, new Set([node]));
    }
  }
  const ends = nodes.filter((node) => !readers.has(node));
  const postponed = new Set(ends);
  const before = new Map<Node, readonly Node[]>();
  for (const join of nodes.filter((node) => node.inputs.length >= JOIN)) {
    const own = [...new Set(sourcesOf(join))].filter((source) => readers.get(source)!.size === 1);
    before.set(join, mostFirst(own));
    for (const source of own) postponed.add(source);
  }
  const arranged: Node[] = [];
  const place = (node: Node): void => {
    for (const source of before.get(node) ?? []) place(source);
    arranged.push(node);
  };
  for (const node of nodes) if (!postponed.has(node)) place(node);
  for (const end of mostFirst(ends)) place(end);
  return arranged;
}

const sourcesOf = (node: Node): readonly Node[] => node.inputs.map(nodeOf).filter((source) => source !== undefined);

/** Nodes by how many others they wait for, those that wait for most first. */
function mostFirst(nodes: readonly Node[]): readonly Node[] {
  const counted = nodes.map((node) => ({ node, count: ancestorsOf(node).size }));
  return counted.sort((a, b) => b.count - a.count || a.node.id - b.node.id).map(({ node }) => node);
}
