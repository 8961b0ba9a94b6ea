import { type Node, nodeOf } from "./value.js";

/**
 * Nodes in the order in which ONNX Runtime runs them: depth first from the nodes that nobody reads, the last written
 * first, and for each node what it reads, the last written first. Its own fusions, which come later, change little.
 *
 * @param written All nodes of a graph, each after what it reads.
 */
export function runOrder(written: readonly Node[]): readonly Node[] {
  const places = new Map(written.map((node, place) => [node, place]));
  const sourcesOf = (node: Node) => {
    const sources = new Set(node.inputs.map(nodeOf).filter((source) => source !== undefined));
    return [...sources].sort((a, b) => places.get(a)! - places.get(b)!);
  };
  const read = new Set(written.flatMap(sourcesOf));
  const order: Node[] = [];
  const seen = new Set<Node>();
  const open = written.filter((node) => !read.has(node)).map((node) => ({ node, isDone: false }));
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, isDone } = next;
    if (isDone) order.push(node);
    if (isDone || seen.has(node)) continue;
    seen.add(node);
    open.push({ node, isDone: true });
    for (const source of sourcesOf(node)) if (!seen.has(source)) open.push({ node: source, isDone: false });
  }
  return order;
}
