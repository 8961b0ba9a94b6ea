import type { GraphBuilder } from "../ir/graph-builder.js";
import { intsAttribute, type Node, sizeOf, uniformValue, type Value } from "../ir/value.js";
import type { Rule, RuleSet } from "./rewrite.js";

const binaryOps: { readonly [op: string]: (a: number, b: number) => number } = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Max: Math.max,
  Min: Math.min,
};

const unaryOps: { readonly [op: string]: (x: number) => number } = {
  Neg: (x) => -x,
  Abs: Math.abs,
  Sqrt: Math.sqrt,
  Exp: Math.exp,
  Log: Math.log,
  Reciprocal: (x) => 1 / x,
  Tanh: Math.tanh,
};

/** Float32 arithmetic on numbers that are known when the graph is made. */
const foldArithmetic: Rule = (node, { g }) => {
  const output = node.outputs[0]!;
  const operands = node.inputs.map((input) => input && uniformValue(input));
  if (output.dtype !== "float32" || operands.some((operand) => operand === undefined)) return undefined;
  const [a, b] = operands as [number, number];
  const result = operands.length === 2 ? binaryOps[node.op]?.(a, b) : unaryOps[node.op]?.(a);
  return result === undefined ? undefined : g.fill("float32", output.shape, Math.fround(result));
};

/** Moving equal numbers about leaves them equal. */
const foldMovement: Rule = (node, { g }) => {
  const value = uniformValue(node.inputs[0]!);
  const { dtype, shape } = node.outputs[0]!;
  return value === undefined ? undefined : g.fill(dtype, shape, value);
};

const foldCast: Rule = (node, { g }) => {
  const value = uniformValue(node.inputs[0]!);
  const { dtype, shape } = node.outputs[0]!;
  if (value === undefined) return undefined;
  if (dtype === "float32") return g.fill(dtype, shape, Math.fround(value));
  if (dtype === "bool") return g.fill(dtype, shape, value === 0 ? 0 : 1);
  return Number.isInteger(value) && dtype === "int32" ? g.fill(dtype, shape, value) : undefined;
};

const foldSum: Rule = (node, { g }) => {
  const x = node.inputs[0]!;
  const value = uniformValue(x);
  const { dtype, shape } = node.outputs[0]!;
  if (value === undefined || dtype !== "float32") return undefined;
  return g.fill(dtype, shape, Math.fround((value * sizeOf(x.shape)) / Math.max(1, sizeOf(shape))));
};

/** A small constant keeps its elements under another shape. */
const reshapeConstant: Rule = (node, { g }) => {
  const x = node.inputs[0]!;
  return x.source.kind === "constant" ? g.constant(x.dtype, node.outputs[0]!.shape, x.source.data) : undefined;
};

/** Adding zero, multiplying by one: the other operand, where it has the whole shape. */
const dropNeutral: Rule = (node) => {
  const [a, b] = node.inputs as [Value, Value];
  const shape = node.outputs[0]!.shape.join();
  const neutral = node.op === "Mul" || node.op === "Div" ? 1 : 0;
  if (uniformValue(b) === neutral && a.shape.join() === shape) return a;
  const commutes = node.op === "Mul" || node.op === "Add";
  return commutes && uniformValue(a) === neutral && b.shape.join() === shape ? b : undefined;
};

/** x / number → x · (1/number): products can take a factor in. */
const divideByNumber: Rule = (node, { g }) => {
  const [a, b] = node.inputs as [Value, Value];
  const divisor = uniformValue(b);
  if (divisor === undefined || a.dtype !== "float32" || uniformValue(a) !== undefined) return undefined;
  return multiply(g, a, b, 1 / divisor, node);
};

/** (x · c) · d → x · (c·d). */
const mergeFactors: Rule = (node, { g, uses }) => {
  const [factor, x] = splitFactor(node);
  if (factor === undefined || x?.source.kind !== "node" || x.source.node.op !== "Mul" || uses(x) > 1) return undefined;
  const [inner, rest] = splitFactor(x.source.node);
  if (inner === undefined || rest?.shape.join() !== node.outputs[0]!.shape.join()) return undefined;
  return g.apply("Mul", [rest, g.fill(rest.dtype, [], Math.fround(inner * factor))], rest.dtype, rest.shape);
};

function multiply(g: GraphBuilder, x: Value, like: Value, factor: number, node: Node): Value {
  return g.apply("Mul", [x, g.fill(x.dtype, like.shape, Math.fround(factor))], x.dtype, node.outputs[0]!.shape);
}

/** A Mul's known factor and its other operand; float32 alone. */
export function splitFactor(node: Node): readonly [number, Value] | readonly [undefined, undefined] {
  const [a, b] = node.inputs as [Value, Value];
  if (a.dtype === "float32") {
    const [first, second] = [uniformValue(a), uniformValue(b)];
    if (second !== undefined && first === undefined) return [second, a];
    if (first !== undefined && second === undefined) return [first, b];
  }
  return [undefined, undefined];
}

/** Arithmetic on fills and constants of one number, and with neutral ones. */
export const foldUniformRules: RuleSet = {
  ...Object.fromEntries(Object.keys(unaryOps).map((op) => [op, [foldArithmetic]])),
  Max: [foldArithmetic],
  Min: [foldArithmetic],
  Add: [foldArithmetic, dropNeutral],
  Sub: [foldArithmetic, dropNeutral],
  Mul: [foldArithmetic, dropNeutral, mergeFactors],
  Div: [foldArithmetic, dropNeutral, divideByNumber],
  Cast: [foldCast],
  Reshape: [foldMovement, reshapeConstant],
  Transpose: [foldMovement],
  Expand: [foldMovement],
  Slice: [foldMovement],
  Tile: [foldMovement],
  ReduceSum: [foldSum],
  ReduceMean: [foldMovement],
  ReduceMax: [foldMovement],
  Gather: [(node, context) => (node.inputs[0]!.source.kind === "fill" ? foldMovement(node, context) : undefined)],
};

/** Whether a Transpose is a mere reshape: axes of extent 1 may go anywhere. */
export function movesNothing(node: Node): boolean {
  const shape = node.inputs[0]!.shape;
  const moved = intsAttribute(node, "perm").filter((axis) => shape[axis] !== 1);
  return moved.every((axis, index) => index === 0 || axis > moved[index - 1]!);
}
