import { binary, cast, scalarLike, select, unary, withNumber } from "../ir/elementwise-operators.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import { gather, reshape, transpose } from "../ir/movement-operators.js";
import { reduce } from "../ir/reduction-operators.js";
import { floatAttribute, intAttribute, type Node, producer, sizeOf, type Value } from "../ir/value.js";
import type { Rule, RuleSet } from "../passes/rewrite.js";

/** The place of each element along an axis of so many, as int32. */
function counting(g: GraphBuilder, extent: number): Value {
  return g.constant(
    "int32",
    [extent],
    Int32Array.from({ length: extent }, (_, index) => index),
  );
}

/** FusedMatMul → the operands turned as it would read them, MatMul, and the factor on the smaller side. */
const plainProduct: Rule = (node, { g }) => {
  const alpha = floatAttribute(node, "alpha", 1);
  const scaled = (x: Value) => (alpha === 1 ? x : withNumber(g, "Mul", x, alpha));
  const output = node.outputs[0]!;
  const [a, b] = [turned(g, node, 0), turned(g, node, 1)];
  const first = sizeOf(a.shape) <= sizeOf(output.shape);
  const product = g.apply("MatMul", [first ? scaled(a) : a, b], output.dtype, output.shape);
  return first ? product : scaled(product);
};

/** An operand in plain order: [T, B, H, D] that is read as [B, H, T, D], and a transposed matrix, are moved. */
function turned(g: GraphBuilder, node: Node, index: 0 | 1): Value {
  const x = node.inputs[index]!;
  const side = index === 0 ? "A" : "B";
  const axes = x.shape.map((_, axis) => axis);
  const last = axes.length - 1;
  const logical = intAttribute(node, `transBatch${side}`, 0) ? [...axes.slice(1, -1), 0, last] : axes;
  const swapped = intAttribute(node, `trans${side}`, 0)
    ? [...logical.slice(0, -2), logical[last]!, logical[last - 1]!]
    : logical;
  return transpose(g, x, swapped);
}

/** x − max − log Σ exp(x − max), over the last axis. */
const logSoftmax: Rule = (node, { g }) => {
  const x = node.inputs[0]!;
  const last = [x.shape.length - 1];
  const shifted = binary(g, "Sub", x, reduce(g, "ReduceMax", x, last, true));
  return binary(g, "Sub", shifted, unary(g, "Log", reduce(g, "ReduceSum", unary(g, "Exp", shifted), last, true)));
};

/** Two passes: the device's own operator loses digits of values far from zero, and of few columns. */
const layerNorm: Rule = (node, { g }) => {
  const [x, scale, bias] = node.inputs as [Value, Value, Value | undefined];
  const last = [x.shape.length - 1];
  const mean = reduce(g, "ReduceMean", x, last, true);
  const centered = binary(g, "Sub", x, mean);
  const variance = reduce(g, "ReduceMean", binary(g, "Mul", centered, centered), last, true);
  const deviation = unary(g, "Sqrt", withNumber(g, "Add", variance, floatAttribute(node, "epsilon", 1e-5)));
  const inverse = unary(g, "Reciprocal", deviation);
  const scaled = binary(g, "Mul", binary(g, "Mul", centered, inverse), scale);
  return [bias ? binary(g, "Add", scaled, bias) : scaled, mean, inverse];
};

/** A comparison of each id with all places. */
const oneHot: Rule = (node, { g }) => {
  const ids = node.inputs[0]!;
  const { shape, dtype } = node.outputs[0]!;
  const hot = binary(g, "Equal", reshape(g, ids, [...ids.shape, 1]), counting(g, shape.at(-1)!), "bool");
  return cast(g, hot, dtype);
};

const chainSum: Rule = (node, { g }) => (node.inputs as Value[]).reduce((sum, next) => binary(g, "Add", sum, next));

/** Remainder with the divisor's sign: integer division drops the fraction. */
const integerMod: Rule = (node, { g }) => {
  const [a, b] = node.inputs as [Value, Value];
  const rest = binary(g, "Sub", a, binary(g, "Mul", binary(g, "Div", a, b), b));
  const negative = (x: Value) => cast(g, withNumber(g, "Less", x, 0, "bool"), "int32");
  const crosses = binary(g, "And", isNonZero(g, rest), differ(g, negative(rest), negative(b)), "bool");
  return select(g, crosses, binary(g, "Add", rest, b), rest);
};

const isNonZero = (g: GraphBuilder, x: Value) => unary(g, "Not", withNumber(g, "Equal", x, 0, "bool"));
const differ = (g: GraphBuilder, a: Value, b: Value) => unary(g, "Not", binary(g, "Equal", a, b, "bool"));

const or: Rule = (node, { g }) => {
  const [a, b] = (node.inputs as Value[]).map((x) => unary(g, "Not", x));
  return unary(g, "Not", binary(g, "And", a!, b!));
};

const xor: Rule = (node, { g }) => {
  const [a, b] = (node.inputs as Value[]).map((x) => cast(g, x, "int32"));
  return differ(g, a!, b!);
};

const LARGEST_FLOAT = 3.4028234663852886e38;

const isInfinite: Rule = (node, { g }) =>
  withNumber(g, "Greater", unary(g, "Abs", node.inputs[0]!), LARGEST_FLOAT, "bool");

/** Neither in the finite range nor beyond it: a comparison with NaN is false, and a driver may not assume it away. */
const notANumber: Rule = (node, { g }) => {
  const x = node.inputs[0]!;
  const below = withNumber(g, "Less", x, 0, "bool");
  const above = withNumber(g, "GreaterOrEqual", x, 0, "bool");
  return binary(g, "And", unary(g, "Not", below), unary(g, "Not", above), "bool");
};

const sign: Rule = (node, { g }) => {
  const x = node.inputs[0]!;
  const at = (number: number) => scalarLike(g, x, number);
  const negative = select(g, withNumber(g, "Less", x, 0, "bool"), at(-1), at(0));
  return select(g, withNumber(g, "Greater", x, 0, "bool"), at(1), negative);
};

/** To the nearest whole number; halves to the even one. */
const round: Rule = (node, { g }) => {
  const x = node.inputs[0]!;
  const low = unary(g, "Floor", x);
  const high = withNumber(g, "Add", low, 1);
  const fraction = binary(g, "Sub", x, low);
  const half = unary(g, "Floor", withNumber(g, "Mul", low, 0.5));
  const even = binary(g, "Equal", withNumber(g, "Mul", half, 2), low, "bool");
  const tie = select(g, even, low, high);
  const above = select(g, withNumber(g, "Greater", fraction, 0.5, "bool"), high, tie);
  return select(g, withNumber(g, "Less", fraction, 0.5, "bool"), low, above);
};

/** The constants are ONNX's defaults. @source https://onnx.ai/onnx/operators/onnx__Selu.html */
const selu: Rule = (node, { g }) => {
  const x = node.inputs[0]!;
  const [alpha, gamma] = [1.6732632423543772, 1.0507009873554805];
  const below = withNumber(g, "Mul", withNumber(g, "Sub", unary(g, "Exp", x), 1), alpha);
  return withNumber(g, "Mul", select(g, withNumber(g, "Greater", x, 0, "bool"), x, below), gamma);
};

const integerNeg: Rule = (node, { g }) => {
  const x = node.inputs[0]!;
  return x.dtype === "float32" ? undefined : binary(g, "Sub", scalarLike(g, x, 0), x);
};

const integerAbs: Rule = (node, { g }) => {
  const x = node.inputs[0]!;
  return x.dtype === "float32" ? undefined : binary(g, "Max", x, binary(g, "Sub", scalarLike(g, x, 0), x));
};

/** Slices of integers and booleans: places of each axis are gathered. */
const gatheredSlice: Rule = (node, { g }) => {
  const [x, begin, , axes, strides] = node.inputs as readonly Value[];
  if (x!.dtype === "float32" || x!.dtype === "int64") return undefined;
  const { shape } = node.outputs[0]!;
  return numbersOf(axes!).reduce((part, axis, index) => {
    const [first, step] = [numbersOf(begin!)[index]!, numbersOf(strides!)[index]!];
    const places = Int32Array.from({ length: shape[axis]! }, (_, place) => first + place * step);
    return gather(g, part, g.constant("int32", [places.length], places), axis);
  }, x!);
};

const numbersOf = ({ source }: Value): number[] =>
  source.kind === "constant" ? Array.from(source.data as BigInt64Array, Number) : [];

/** Movement that the device has for numbers alone: booleans go through int32. */
const throughNumbers: Rule = (node, { g }) => {
  if (node.outputs[0]!.dtype !== "bool") return undefined;
  const inputs = node.inputs.map((x) => (x?.dtype === "bool" ? cast(g, x, "int32") : x));
  const outputs = node.outputs.map(({ shape }) => ({ dtype: "int32" as const, shape }));
  return g.node(node.op, inputs, outputs, node.attributes).outputs.map((value) => cast(g, value, "bool"));
};

/** The first place of the largest or smallest element of an axis: ONNX gives it as int64, which is cast at once. */
const firstPlace: Rule = (node, { g }) => {
  const find = producer(node.inputs[0], "ArgMax", "ArgMin");
  if (!find || node.outputs[0]!.dtype !== "int32") return undefined;
  const x = find.inputs[0]!;
  const axis = intAttribute(find, "axis", 0);
  const extent = x.shape[axis]!;
  const best = reduce(g, find.op === "ArgMax" ? "ReduceMax" : "ReduceMin", x, [axis], true);
  const places = reshape(
    g,
    counting(g, extent),
    x.shape.map((_, index) => (index === axis ? extent : 1)),
  );
  const found = select(g, binary(g, "Equal", x, best, "bool"), places, g.fill("int32", [], extent - 1));
  return reduce(g, "ReduceMin", found, [axis]);
};

/** Places stay int32: the device computes nothing in int64. */
const narrowPlaces: Rule = (node, { g }) => {
  const places = node.inputs[1]!;
  const narrow = narrowed(g, places);
  if (!narrow) return undefined;
  return g.node(node.op, node.inputs.with(1, narrow), node.outputs, node.attributes).outputs;
};

function narrowed(g: GraphBuilder, places: Value): Value | undefined {
  const widened = producer(places, "Cast");
  if (widened && widened.inputs[0]!.dtype === "int32" && places.dtype === "int64") return widened.inputs[0];
  const moved = producer(places, "Reshape", "Expand");
  const inner = moved && narrowed(g, moved.inputs[0]!);
  return inner && g.apply(moved.op, moved.inputs.with(0, inner), "int32", places.shape, moved.attributes);
}

/** Other forms of operators that ONNX Runtime's WebGPU provider does not have. */
export const webgpuForms: RuleSet = {
  FusedMatMul: [plainProduct],
  LogSoftmax: [logSoftmax],
  LayerNormalization: [layerNorm],
  OneHot: [oneHot],
  Sum: [chainSum],
  Mod: [integerMod],
  Or: [or],
  Xor: [xor],
  IsInf: [isInfinite],
  IsNaN: [notANumber],
  Sign: [sign],
  Round: [round],
  Selu: [selu],
  Neg: [integerNeg],
  Abs: [integerAbs],
  Slice: [gatheredSlice],
  Transpose: [throughNumbers],
  Concat: [throughNumbers],
  Split: [throughNumbers],
  Tile: [throughNumbers],
  Pad: [throughNumbers],
  Cast: [firstPlace],
  ScatterElements: [narrowPlaces],
  GatherElements: [narrowPlaces],
};
