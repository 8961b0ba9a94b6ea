import type { Alias } from "../compiled-graph.js";
import { type Graph, leavesOf } from "./graph.js";
import { bytesOf, type Liveness, livenessOf } from "./liveness.js";
import { operationsOf } from "./operations.js";
import { runOrder } from "./run-order.js";
import { type Attribute, type Node, sizeOf, type Value } from "./value.js";

/** What a graph comes to, and its text. */
export interface GraphDescription {
  readonly nodeCount: number;
  /** Nodes and floating-point operations by operator; those of matrix products alone are counted. */
  readonly operators: { readonly [op: string]: { readonly count: number; readonly flops: number } };
  /** Most bytes of values in between that are alive at once. */
  readonly peakBytes: number;
  readonly text: string;
}

/** Describes a graph as ONNX Runtime will run it. */
export function describeGraph(
  graph: Graph,
  written: readonly Node[],
  aliases: readonly Alias[] = [],
): GraphDescription {
  const order = runOrder(written);
  const liveness = livenessOf(graph, order);
  const operators = operatorsOf(order);
  const { peakBytes } = liveness;
  return { nodeCount: order.length, operators, peakBytes, text: printGraph(graph, order, liveness, aliases) };
}

function operatorsOf(order: readonly Node[]): GraphDescription["operators"] {
  const found: Record<string, { count: number; flops: number }> = {};
  for (const node of order) {
    const known = found[nameOf(node)] ?? { count: 0, flops: 0 };
    found[nameOf(node)] = { count: known.count + 1, flops: known.flops + operationsOf(node) };
  }
  const entries = Object.entries(found).sort(([, a], [, b]) => b.flops - a.flops || b.count - a.count);
  return Object.fromEntries(entries);
}

/**
 * The graph as text: what it reads, its nodes in the order in which they run, each with its memory and the memory that
 * is alive then, and what becomes of its outputs.
 */
function printGraph(graph: Graph, order: readonly Node[], liveness: Liveness, aliases: readonly Alias[]): string {
  const { liveBytes, peakAt, places } = liveness;
  const lines = [`graph ${graph.name}`, "  reads"];
  for (const leaf of leavesOf(graph)) {
    if (isInline(leaf)) continue;
    const kind = leaf.source.kind === "input" ? leaf.source.of : `constant ${preview(leaf)}`;
    lines.push(`    ${size(bytesOf(leaf))}  ${typed(leaf)}  ${kind}`);
  }
  lines.push("  runs: bytes made, bytes alive, node");
  const becomes = new Map(graph.outputs.map((output) => [output.value, output]));
  const inPlace = new Set(aliases.map(({ output }) => output));
  order.forEach((node, position) => {
    const place = places.get(node);
    const made = place ? 0 : node.outputs.reduce((sum, output) => sum + bytesOf(output), 0);
    const attributes = Object.entries(node.attributes).map(([name, value]) => `${name}=${printed(value)}`);
    const arguments_ = [...node.inputs.map(reference), ...attributes].join(", ");
    const notes: string[] = [];
    const flops = operationsOf(node);
    if (flops > 0) notes.push(`${(flops / 1e6).toFixed(1)} MFLOP`);
    if (place)
      notes.push(place.how === "view" ? `view of ${reference(place.operand)}` : `over ${reference(place.operand)}`);
    for (const output of node.outputs) {
      const end = becomes.get(output);
      if (!end) continue;
      notes.push(`→ ${end.of} ${end.name}${inPlace.has(`new:${end.name}`) ? ", in place" : ""}`);
    }
    if (position === peakAt) notes.push("← peak");
    const tail = notes.length > 0 ? `  ; ${notes.join("; ")}` : "";
    const call = `${node.outputs.map(typed).join(", ")} = ${nameOf(node)}(${arguments_})`;
    lines.push(`    ${size(made)} ${size(liveBytes[position]!)}  ${call}${tail}`);
  });
  return `${lines.join("\n")}\n`;
}

const nameOf = (node: Node): string => (node.domain ? `${node.domain}.${node.op}` : node.op);

/** A scalar is written where it is read. */
function isInline(value: Value): boolean {
  const { kind } = value.source;
  return kind === "fill" || (kind === "constant" && sizeOf(value.shape) <= 4);
}

function reference(value: Value | undefined): string {
  if (!value) return "_";
  if (value.source.kind === "input") return `@${value.source.name}`;
  if (value.source.kind === "fill") return `${value.source.value}`;
  return isInline(value) ? preview(value) : `%${value.id}`;
}

const typed = (value: Value): string => `${reference(value)}: ${value.dtype}[${value.shape}]`;

function printed(attribute: Attribute): string {
  return attribute.kind === "ints" ? `[${attribute.value}]` : String(attribute.value);
}

function preview({ source }: Value): string {
  if (source.kind !== "constant") return "";
  const { data } = source;
  const shown = Array.from({ length: Math.min(8, data.length) }, (_, index) => data[index]);
  return `[${shown.join(", ")}${data.length > shown.length ? ", …" : ""}]`;
}

/** Bytes in a column. */
function size(bytes: number): string {
  const text =
    bytes < 1024
      ? `${bytes} B`
      : bytes < 2 ** 20
        ? `${(bytes / 1024).toFixed(1)} KiB`
        : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return text.padStart(11);
}
