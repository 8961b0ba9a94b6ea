import type { Binding, ElementwiseMember, ElementwisePort } from "../compiled-graph.js";
import { type Graph, type GraphOutput, leavesOf, nodesOf } from "../ir/graph.js";
import { type Node, nodeOf, sameShape, sizeOf, type Value } from "../ir/value.js";
import { findAliases } from "./find-aliases.js";

/** Operators that compute each element from the elements at its place. */
const ELEMENTWISE = new Set([
  ...[
    "Add",
    "Sum",
    "Sub",
    "Mul",
    "Div",
    "Max",
    "Min",
    "Pow",
    "Where",
    "Cast",
    "Clip",
    "Relu",
    "LeakyRelu",
    "Elu",
    "Selu",
  ],
  ...["Sqrt", "Exp", "Log", "Neg", "Abs", "Sign", "Reciprocal", "Floor", "Ceil", "Round", "Erf", "Softplus", "Tanh"],
  ...["Sigmoid", "Not", "And", "Or", "Xor", "Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual", "IsNaN"],
  "AdamW",
]);

/** One tensor's share of an elementwise program, and how its values are called in the model of its group. */
export interface ElementwisePart {
  readonly graph: Graph;
  readonly inputs: readonly ElementwisePort[];
  readonly outputs: readonly ElementwisePort[];
  readonly member: ElementwiseMember;
  /** Port names of inputs and outputs. */
  readonly names: ReadonlyMap<Value, string>;
  /** Equal for parts that compute the same function of each element. */
  readonly signature: string;
}

/**
 * Splits a program into parts that each compute over tensors of one shape and scalars, element by element. Undefined
 * when the program is of another kind, or writes state that could not be written in place.
 */
export function recognizeElementwise(graph: Graph): readonly ElementwisePart[] | undefined {
  const nodes = nodesOf(graph);
  if (nodes.length === 0 || graph.outputs.length === 0) return undefined;
  if (!nodes.every(isElementwise) || !graph.outputs.every(({ value }) => nodeOf(value))) return undefined;
  const parts: ElementwisePart[] = [];
  for (const outputs of components(graph, nodes)) {
    const part = describePart({ ...graph, outputs });
    if (!part) return undefined;
    parts.push(part);
  }
  return parts;
}

/** All operands are of the output's shape, or scalars. */
function isElementwise(node: Node): boolean {
  const { shape } = node.outputs[0]!;
  if (!ELEMENTWISE.has(node.op)) return false;
  return node.inputs.every((input) => input && (input.shape.length === 0 || sameShape(input.shape, shape)));
}

/** Outputs that share values which are no scalars belong together. */
function components(graph: Graph, nodes: readonly Node[]): GraphOutput[][] {
  const parent = new Map<Value, Value>();
  const root = (value: Value): Value => {
    const above = parent.get(value);
    if (!above || above === value) return value;
    const top = root(above);
    parent.set(value, top);
    return top;
  };
  for (const node of nodes) {
    const output = node.outputs[0]!;
    if (output.shape.length === 0) continue;
    for (const other of node.outputs.slice(1)) parent.set(root(other), root(output));
    for (const input of node.inputs) {
      if (input && input.shape.length > 0 && input.source.kind !== "constant") parent.set(root(input), root(output));
    }
  }
  const groups = new Map<Value, GraphOutput[]>();
  for (const output of graph.outputs) {
    const key = root(output.value);
    const known = groups.get(key);
    if (known) known.push(output);
    else groups.set(key, [output]);
  }
  return [...groups.values()];
}

function describePart(graph: Graph): ElementwisePart | undefined {
  const [first] = graph.outputs;
  const shape = first!.value.shape;
  if (shape.length === 0 || !graph.outputs.every(({ value }) => sameShape(value.shape, shape))) return undefined;
  const distinct = new Set(graph.outputs.map(({ value }) => value)).size === graph.outputs.length;
  const leaves = leavesOf(graph);
  const stored = leaves.filter((leaf) => leaf.source.kind === "constant" && leaf.shape.length > 0);
  if (!distinct || stored.length > 0 || !writesInPlace(graph, leaves)) return undefined;
  const names = new Map<Value, string>();
  const inputs: ElementwisePort[] = [];
  const bindings: Record<string, Binding> = {};
  let elements = 0;
  for (const leaf of leaves) {
    if (leaf.source.kind !== "input") continue;
    const isScalar = leaf.shape.length === 0;
    const { of, name } = leaf.source;
    const port = isScalar ? `${of}:${name}` : `x${elements++}`;
    names.set(leaf, port);
    inputs.push({ name: port, dtype: leaf.dtype as "float32", kind: isScalar ? "scalar" : "elements" });
    bindings[port] = { kind: of, name };
  }
  const outputs: ElementwisePort[] = [];
  const results: Record<string, Binding> = {};
  graph.outputs.forEach(({ name, of, value }, index) => {
    names.set(value, `y${index}`);
    outputs.push({ name: `y${index}`, dtype: value.dtype as "float32", kind: "elements" });
    results[`y${index}`] = { kind: of, name };
  });
  const member = { length: sizeOf(shape), inputs: bindings, outputs: results };
  return { graph, inputs, outputs, member, names, signature: signature(graph, names, bindings, results) };
}

/** State that is read and written must be safe to write while slices of it are read. */
function writesInPlace(graph: Graph, leaves: readonly Value[]): boolean {
  const read = new Set(
    leaves.flatMap(({ source }) => (source.kind === "input" && source.of === "state" ? [source.name] : [])),
  );
  const written = graph.outputs.filter(({ of, name }) => of === "state" && read.has(name));
  return findAliases(graph).length === written.length;
}

/** The part's structure: operators, wiring, constants, and which output renews which input. */
function signature(
  graph: Graph,
  names: ReadonlyMap<Value, string>,
  inputs: { readonly [port: string]: Binding },
  outputs: { readonly [port: string]: Binding },
): string {
  const places = new Map<Value, string>(names);
  const nameOf = (value: Value | undefined) => {
    if (!value) return "_";
    const { source } = value;
    if (source.kind === "fill") return `${value.dtype}(${source.value})`;
    if (source.kind === "constant") return `${value.dtype}(${source.data})`;
    return `${places.get(value)}`;
  };
  const lines = nodesOf(graph).map((node, index) => {
    const line = `${node.op}(${node.inputs.map(nameOf)})${JSON.stringify(node.attributes)}:${node.outputs[0]!.dtype}`;
    for (const value of node.outputs) if (!places.has(value)) places.set(value, `v${index}.${places.size}`);
    return `${node.outputs.map(nameOf)}=${line}`;
  });
  const stateOf = (bindings: { readonly [port: string]: Binding }) =>
    new Map(Object.entries(bindings).flatMap(([port, { kind, name }]) => (kind === "state" ? [[name, port]] : [])));
  const readers = stateOf(inputs);
  const renewals = Object.entries(outputs).map(
    ([port, { kind, name }]) => `${kind}:${port}<-${readers.get(name) ?? ""}`,
  );
  const dtypes = new Map([...names].map(([value, port]) => [port, value.dtype]));
  const bound = Object.entries(inputs).map(([port, { kind }]) => `${kind}:${port}:${dtypes.get(port)}`);
  return [...bound, ...lines, ...renewals].join("\n");
}
