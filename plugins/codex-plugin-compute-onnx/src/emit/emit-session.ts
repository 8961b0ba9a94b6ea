import type { Bindings, EmittedModel, LargestValue, NarrowedState, Port, SessionGraph } from "../compiled-graph.js";
import { type Graph, leavesOf, nodesOf } from "../ir/graph.js";
import { bytesOf } from "../ir/liveness.js";
import { expand } from "../ir/movement-operators.js";
import { describeGraph } from "../ir/print.js";
import { sizeOf, type Value } from "../ir/value.js";
import { arrangeNodes } from "../passes/arrange-nodes.js";
import { findAliases } from "../passes/find-aliases.js";
import { rewriteInputs } from "../passes/rewrite.js";
import { cpuTarget, type Target } from "../target/target.js";
import { writeModel } from "./onnx-model.js";

/** Larger fills are made by the runtime, not stored. */
const STORED_FILL = 64;

/** Fills that stay are a stored scalar, repeated. */
function storeFills(graph: Graph): Graph {
  return rewriteInputs(graph, (value) => {
    if (value.source.kind !== "fill" || sizeOf(value.shape) <= STORED_FILL) return value;
    return expand(graph.builder, graph.builder.fill(value.dtype, [], value.source.value), value.shape);
  });
}

/**
 * Gives an output that no node of its own makes (an input, a constant, what another output already is) a copy. The
 * attribute keeps copies of one value apart, and is not written.
 */
function separateOutputs(graph: Graph): Graph {
  const taken = new Set<Value>();
  const outputs = graph.outputs.map((output) => {
    const { value } = output;
    if (value.source.kind === "node" && !taken.has(value)) {
      taken.add(value);
      return output;
    }
    const copy = graph.builder.apply("Identity", [value], value.dtype, value.shape, {
      for: { kind: "string", value: `${output.of}:${output.name}` },
    });
    return { ...output, value: copy };
  });
  return { ...graph, outputs };
}

/** The operators that a target's device has no form for, each named once. */
function hostOperators(graph: Graph, target: Target): readonly string[] {
  const found = nodesOf(graph).filter((node) => target.runsOnHost(node));
  return [...new Set(found.map(({ op }) => op))].sort();
}

function largestValue(graph: Graph): LargestValue {
  let largest: LargestValue = { what: "nothing", shape: [0], sizeBytes: 0 };
  const look = (what: string, value: Value) => {
    const sizeBytes = bytesOf(value);
    if (sizeBytes > largest.sizeBytes) largest = { what, shape: value.shape, sizeBytes };
  };
  for (const leaf of leavesOf(graph)) look(leaf.source.kind === "input" ? leaf.source.name : "a constant", leaf);
  for (const node of nodesOf(graph)) for (const value of node.outputs) look(`the result of ${node.op}`, value);
  return largest;
}

/** The ONNX model of a graph: inputs and outputs are named by what they are bound to. */
export function emitSession(
  recorded: Graph,
  target: Target = cpuTarget,
  narrowed: readonly NarrowedState[] = [],
): SessionGraph {
  const graph = separateOutputs(storeFills(recorded));
  const names = new Map<Value, string>();
  const inputs: Port[] = [];
  const inputBindings: Record<string, Bindings[string]> = {};
  const initializers: [string, Value][] = [];
  for (const leaf of leavesOf(graph)) {
    if (leaf.source.kind === "input") {
      const name = `${leaf.source.of}:${leaf.source.name}`;
      names.set(leaf, name);
      inputs.push({ name, dtype: leaf.dtype as Port["dtype"], shape: leaf.shape });
      inputBindings[name] = { kind: leaf.source.of, name: leaf.source.name };
    } else {
      names.set(leaf, `c${leaf.id}`);
      initializers.push([`c${leaf.id}`, leaf]);
    }
  }
  const outputs: Port[] = [];
  const outputBindings: Record<string, Bindings[string]> = {};
  for (const { name, of, value } of graph.outputs) {
    const port = of === "state" ? `new:${name}` : `output:${name}`;
    names.set(value, port);
    outputs.push({ name: port, dtype: value.dtype as Port["dtype"], shape: value.shape });
    outputBindings[port] = { kind: of, name };
  }
  const nameOf = (value: Value | undefined) => (value ? (names.get(value) ?? `v${value.id}`) : "");
  const written = arrangeNodes(graph);
  const nodes = written.map((node) => ({
    node: node.op === "Identity" ? { ...node, attributes: {} } : node,
    inputs: node.inputs.map(nameOf),
    outputs: node.outputs.map(nameOf),
  }));
  const bytes = writeModel({ name: graph.name, inputs, outputs, initializers, nodes });
  const model: EmittedModel = { bytes, inputs, outputs };
  const aliases = findAliases(graph);
  return {
    kind: "session",
    model,
    inputs: inputBindings,
    outputs: outputBindings,
    aliases,
    hostOperators: hostOperators(graph, target),
    largest: largestValue(graph),
    narrowed,
    describe: () => describeGraph(graph, written, aliases),
  };
}
