import type { ElementwiseGraph, ElementwiseGroup, EmittedModel, Port } from "../compiled-graph.js";
import { type Graph, leavesOf, nodesOf } from "../ir/graph.js";
import { printGraph } from "../ir/print.js";
import type { Value } from "../ir/value.js";
import type { ElementwisePart } from "../passes/recognize-elementwise.js";
import { writeModel } from "./onnx-model.js";

/** Groups equal parts; the first of a group gives its model. */
export function emitElementwise(graph: Graph, parts: readonly ElementwisePart[]): ElementwiseGraph {
  const bySignature = new Map<string, ElementwisePart[]>();
  for (const part of parts) {
    const known = bySignature.get(part.signature);
    if (known) known.push(part);
    else bySignature.set(part.signature, [part]);
  }
  const groups = [...bySignature.values()].map(emitGroup);
  return {
    kind: "elementwise",
    groups: groups.map(({ group }) => group),
    dump: () =>
      groups.map(({ dump, group }) => `${dump}  members ${group.members.length}\n`).join(`of ${graph.name}\n`),
  };
}

function emitGroup(parts: readonly ElementwisePart[]): { readonly group: ElementwiseGroup; readonly dump: string } {
  const pattern = parts[0]!;
  const { inputs, outputs } = pattern;
  const group: ElementwiseGroup = {
    inputs,
    outputs,
    members: parts.map(({ member }) => member),
    model: (length) => emitModel(pattern, length),
  };
  return { group, dump: printGraph(pattern.graph) };
}

function emitModel({ graph, inputs, outputs, names }: ElementwisePart, length: number): EmittedModel {
  const port = ({ name, dtype, kind }: ElementwisePart["inputs"][number]): Port => ({
    name,
    dtype,
    shape: kind === "scalar" ? [] : [length],
  });
  const initializers: [string, Value][] = [];
  const nameOf = (value: Value | undefined) => (value ? (names.get(value) ?? `v${value.id}`) : "");
  for (const leaf of leavesOf(graph)) {
    if (leaf.source.kind === "input") continue;
    const scalar = { ...leaf, shape: [] };
    initializers.push([nameOf(leaf), scalar]);
  }
  const nodes = nodesOf(graph).map((node) => ({
    node,
    inputs: node.inputs.map(nameOf),
    outputs: node.outputs.map(nameOf),
  }));
  const ports = { inputs: inputs.map(port), outputs: outputs.map(port) };
  return { bytes: writeModel({ name: graph.name, ...ports, initializers, nodes }), ...ports };
}
