import { type Graph, leavesOf, nodesOf } from "./graph.js";
import type { Attribute, Value } from "./value.js";

/** The graph as text, one value or node a line. */
export function printGraph(graph: Graph): string {
  const lines = [`graph ${graph.name}`];
  for (const leaf of leavesOf(graph)) {
    if (leaf.source.kind === "input") lines.push(`  ${typed(leaf)} = ${leaf.source.of} ${leaf.source.name}`);
    else if (leaf.source.kind === "constant") lines.push(`  ${typed(leaf)} = constant ${preview(leaf.source.data)}`);
    else if (leaf.source.kind === "fill") lines.push(`  ${typed(leaf)} = fill ${leaf.source.value}`);
  }
  for (const node of nodesOf(graph)) {
    const attributes = Object.entries(node.attributes).map(([name, value]) => `${name}=${printed(value)}`);
    const inputs = node.inputs.map((input) => (input ? `%${input.id}` : "_"));
    const arguments_ = [...inputs, ...attributes].join(", ");
    const domain = node.domain ? `${node.domain}.` : "";
    lines.push(`  ${node.outputs.map(typed).join(", ")} = ${domain}${node.op}(${arguments_})`);
  }
  for (const { name, of, value } of graph.outputs) lines.push(`  ${of} ${name} = %${value.id}`);
  return `${lines.join("\n")}\n`;
}

function typed(value: Value): string {
  return `%${value.id}: ${value.dtype}[${value.shape}]`;
}

function printed(attribute: Attribute): string {
  return attribute.kind === "ints" ? `[${attribute.value}]` : String(attribute.value);
}

function preview(data: ArrayLike<number | bigint>): string {
  const shown = Array.from({ length: Math.min(8, data.length) }, (_, index) => data[index]);
  return `[${shown.join(", ")}${data.length > shown.length ? ", …" : ""}]`;
}
