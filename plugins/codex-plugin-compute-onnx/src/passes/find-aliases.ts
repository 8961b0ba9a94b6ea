import type { Alias } from "../compiled-graph.js";
import { ancestorsOf, type Graph, nodesOf } from "../ir/graph.js";
import { VIEWS } from "../ir/liveness.js";
import type { Node, Value } from "../ir/value.js";
import { nativeDomain } from "../target/target.js";

/**
 * Operators that may write over an operand while they read it, and which operands: element by element, operands of the
 * output's shape alone. A scatter, a Gemm's C, a native base and a cache start from what is there.
 */
const ELEMENTWISE = new Set([
  ...["Add", "Sub", "Mul", "Div", "Max", "Min", "Where", "Pow", "Sqrt", "Exp", "Log", "Tanh", "Sigmoid", "Neg", "Abs"],
]);

function writesOverOperand(node: Node, operand: number, output: number): boolean {
  if (ELEMENTWISE.has(node.op)) return node.inputs[operand]!.shape.join() === node.outputs[0]!.shape.join();
  if (node.op === "Gemm") {
    const base = node.domain === nativeDomain ? 3 : 2;
    return operand === base && node.inputs[base]!.shape.join() === node.outputs[0]!.shape.join();
  }
  // It stores the new moments before it reads the parameter: each output may lie only where its own old value lay.
  if (node.op === "AdamW") return operand === (output === 0 ? 0 : output + 1);
  if (node.op === "HeadCrossEntropy") return operand === 4 && output === 2;
  if (node.op === "EmbeddingGradientOnto" || node.op === "GemmWithRows") return operand === 2;
  if (node.op === "ScatterElements" || node.op === "ScatterND") return operand === 0;
  // Past keys and present ones, past values and present ones: it adds rows to what it finds in one memory.
  if (node.op === "GroupQueryAttention" || node.op === "CachedAttention") return operand === output + 2 && output > 0;
  return false;
}

/** Which output of which node. */
interface NodeOutput {
  readonly node: Node;
  readonly index: number;
}

/** A value and its views: all that lies in the value's memory. */
function memoryOf(value: Value, readers: ReadonlyMap<Value, readonly Node[]>): Value[] {
  const views = (readers.get(value) ?? []).filter((node) => VIEWS.has(node.op) && node.inputs[0] === value);
  return [value, ...views.flatMap((node) => memoryOf(node.outputs[0]!, readers))];
}

/**
 * Which new state may be written over the old. ONNX Runtime schedules for itself, and only data makes one node wait for
 * another: so an output may alias its input only when a data path leads from every reader of the input to the writer,
 * and the writer itself reads it, if at all, as it may.
 */
export function findAliases(graph: Graph): readonly Alias[] {
  const nodes = nodesOf(graph);
  const readers = new Map<Value, Node[]>();
  for (const node of nodes) {
    for (const input of new Set(node.inputs)) {
      if (!input) continue;
      const known = readers.get(input);
      if (known) known.push(node);
      else readers.set(input, [node]);
    }
  }
  const aliases: Alias[] = [];
  for (const input of stateInputs(nodes)) {
    const name = input.source.kind === "input" ? input.source.name : "";
    const output = graph.outputs.find((candidate) => candidate.of === "state" && candidate.name === name);
    const source = output?.value.source;
    const leaves = graph.outputs.some((candidate) => candidate.value === input);
    if (source?.kind !== "node" || leaves) continue;
    if (isSafe(input, source, readers)) aliases.push({ output: `new:${name}`, input: `state:${name}` });
  }
  return aliases;
}

function isSafe(
  input: Value,
  { node: writer, index: output }: NodeOutput,
  readers: ReadonlyMap<Value, readonly Node[]>,
): boolean {
  const before = ancestorsOf(writer);
  const memory = memoryOf(input, readers);
  return memory.every((value) =>
    (readers.get(value) ?? []).every((reader) => {
      if (reader !== writer) return before.has(reader);
      return writer.inputs.every((operand, index) => operand !== value || writesOverOperand(writer, index, output));
    }),
  );
}

function stateInputs(nodes: readonly Node[]): Set<Value> {
  const found = new Set<Value>();
  for (const node of nodes) {
    for (const input of node.inputs) {
      if (input?.source.kind === "input" && input.source.of === "state") found.add(input);
    }
  }
  return found;
}
