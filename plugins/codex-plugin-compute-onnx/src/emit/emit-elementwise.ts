import type { ElementwiseGraph, ElementwiseGroup, EmittedModel, Port } from "../compiled-graph.js";
import { leavesOf, nodesOf } from "../ir/graph.js";
import { describeGraph, type GraphDescription } from "../ir/print.js";
import type { Value } from "../ir/value.js";
import type { ElementwisePart } from "../passes/recognize-elementwise.js";
import { writeModel } from "./onnx-model.js";

/** Groups equal parts; the first of a group gives its model. */
export function emitElementwise(parts: readonly ElementwisePart[]): ElementwiseGraph {
  const bySignature = new Map<string, ElementwisePart[]>();
  for (const part of parts) {
    const known = bySignature.get(part.signature);
    if (known) known.push(part);
    else bySignature.set(part.signature, [part]);
  }
  const groups = [...bySignature.values()].map(emitGroup);
  return {
    kind: "elementwise",
    groups,
    describe: () => describeGroups([...bySignature.values()]),
  };
}

/**
 * Of each group one member's graph, under a name of its own; a member is run in slices, so no tensor is in between as a
 * whole.
 */
function describeGroups(groups: readonly (readonly ElementwisePart[])[]): GraphDescription {
  const described = groups.map((parts, index) => {
    const { graph } = parts[0]!;
    const which = groups.length > 1 ? `, kind ${index + 1} of ${groups.length}` : "";
    const name = `${graph.name}${which}: for each of ${parts.length} tensors, in slices`;
    return { parts, pattern: describeGraph({ ...graph, name }, nodesOf(graph)) };
  });
  const operators: Record<string, { count: number; flops: number }> = {};
  for (const { parts, pattern } of described) {
    for (const [op, { count }] of Object.entries(pattern.operators)) {
      operators[op] = { count: (operators[op]?.count ?? 0) + count * parts.length, flops: 0 };
    }
  }
  return {
    nodeCount: described.reduce((sum, { parts, pattern }) => sum + pattern.nodeCount * parts.length, 0),
    operators,
    peakBytes: 0,
    text: described.map(({ pattern }) => pattern.text).join("\n"),
  };
}

function emitGroup(parts: readonly ElementwisePart[]): ElementwiseGroup {
  const pattern = parts[0]!;
  const { inputs, outputs } = pattern;
  return {
    inputs,
    outputs,
    members: parts.map(({ member }) => member),
    operatorCount: nodesOf(pattern.graph).length,
    model: (length) => emitModel(pattern, length),
  };
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
