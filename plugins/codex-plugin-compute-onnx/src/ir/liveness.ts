import type { Graph } from "./graph.js";
import { type ElementType, type Node, nodeOf, sizeOf, type Value } from "./value.js";

/** Operators whose output may lie in their first input's memory in ONNX Runtime: reading it is reading the input. */
export const VIEWS: ReadonlySet<string> = new Set(["Reshape", "Identity", "Squeeze", "Unsqueeze", "Flatten"]);

/** Operators that ONNX Runtime lets write over an operand of the output's shape that nobody reads later. */
const IN_PLACE = new Set([
  ...["Add", "Sub", "Mul", "Div", "Sqrt", "Exp", "Log", "Tanh", "Sigmoid", "Neg", "Abs"],
  ...["CrossEntropy", "CrossEntropyGradient"],
]);

const elementBytes: { readonly [Type in ElementType]: number } = {
  ...{ float32: 4, int32: 4, uint32: 4 },
  ...{ int64: 8, uint64: 8, bool: 1 },
};

/** Bytes of a value's elements. */
export const bytesOf = ({ dtype, shape }: Value): number => elementBytes[dtype] * sizeOf(shape);

/** How a node's first output comes to its memory. */
export interface Place {
  /** `view`: it is its operand's memory. `over`: it may be written over it. */
  readonly how: "view" | "over";
  readonly operand: Value;
}

/** What lies in memory while a graph runs: values in between alone, not state, inputs, outputs and constants. */
export interface Liveness {
  /** Bytes after each node of the order, before what it was the last to read is let go. */
  readonly liveBytes: readonly number[];
  readonly peakBytes: number;
  /** Position in the order of the peak. */
  readonly peakAt: number;
  /** Nodes that need no memory of their own. */
  readonly places: ReadonlyMap<Node, Place>;
}

/** Follows the memory of a graph whose nodes run in an order. */
export function livenessOf(graph: Graph, order: readonly Node[]): Liveness {
  const owners = new Map<Value, Value>();
  const ownerOf = (value: Value): Value => owners.get(value) ?? value;
  const places = new Map<Node, Place>();
  const bound = new Set(graph.outputs.map(({ value }) => value));
  const lastRead = new Map<Value, number>();
  order.forEach((node, position) => {
    const [operand] = node.inputs;
    if (VIEWS.has(node.op) && nodeOf(operand) && !bound.has(node.outputs[0]!)) {
      owners.set(node.outputs[0]!, ownerOf(operand!));
      places.set(node, { how: "view", operand: operand! });
    }
    for (const input of node.inputs) if (nodeOf(input)) lastRead.set(ownerOf(input!), position);
  });
  const isOurs = (value: Value) => nodeOf(value) !== undefined && !bound.has(value);
  const liveBytes: number[] = [];
  let live = 0;
  let [peakBytes, peakAt] = [0, 0];
  order.forEach((node, position) => {
    const dying = new Set<Value>();
    for (const input of node.inputs) {
      const owner = input && ownerOf(input);
      if (owner && isOurs(owner) && lastRead.get(owner) === position) dying.add(owner);
    }
    for (const output of node.outputs) {
      if (!isOurs(output) || places.has(node)) continue;
      const written = IN_PLACE.has(node.op) && [...dying].find((owner) => bytesOf(owner) === bytesOf(output));
      if (written) {
        places.set(node, { how: "over", operand: written });
        // The memory goes on as the output's.
        dying.delete(written);
        if (!lastRead.has(output)) live -= bytesOf(output);
      } else {
        live += bytesOf(output);
        if (!lastRead.has(output)) dying.add(output);
      }
    }
    liveBytes.push(live);
    if (live > peakBytes) [peakBytes, peakAt] = [live, position];
    for (const owner of dying) live -= bytesOf(owner);
  });
  return { liveBytes, peakBytes, peakAt, places };
}
