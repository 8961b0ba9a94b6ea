import { broadcastShape } from "../ir/elementwise-operators.js";
import { expand, reshape, transpose } from "../ir/movement-operators.js";
import { int, intAttribute, intsAttribute, producer, sameShape, type Value } from "../ir/value.js";
import { movesNothing } from "./fold-uniform.js";
import type { Rule, RuleSet } from "./rewrite.js";

/** Of reshapes in a row the last one counts. */
const mergeReshapes: Rule = (node, { g }) => {
  const x = node.inputs[0]!;
  const { shape } = node.outputs[0]!;
  if (sameShape(x.shape, shape)) return x;
  const inner = producer(x, "Reshape");
  return inner && reshape(g, inner.inputs[0]!, shape);
};

const mergeTransposes: Rule = (node, { g }) => {
  const x = node.inputs[0]!;
  const perm = intsAttribute(node, "perm");
  const inner = producer(x, "Transpose");
  if (inner) {
    const before = intsAttribute(inner, "perm");
    return transpose(
      g,
      inner.inputs[0]!,
      perm.map((axis) => before[axis]!),
    );
  }
  return movesNothing(node) ? reshape(g, x, node.outputs[0]!.shape) : undefined;
};

const mergeExpands: Rule = (node, { g }) => {
  const x = node.inputs[0]!;
  const { shape } = node.outputs[0]!;
  if (sameShape(x.shape, shape)) return x;
  const inner = producer(x, "Expand");
  return inner && expand(g, inner.inputs[0]!, shape);
};

/** The place of the most or the least is found before turning: places are turned, which are fewer than what they are of. */
const findBeforeTurning: Rule = (node, { g }) => {
  const turned = producer(node.inputs[0], "Transpose");
  if (!turned || intAttribute(node, "keepdims", 1) !== 0) return undefined;
  const x = turned.inputs[0]!;
  const perm = intsAttribute(turned, "perm");
  const axis = perm[intAttribute(node, "axis", 0)]!;
  const shape = x.shape.toSpliced(axis, 1);
  const places = g.apply(node.op, [x], node.outputs[0]!.dtype, shape, { ...node.attributes, axis: int(axis) });
  const rest = perm.filter((each) => each !== axis);
  return transpose(
    g,
    places,
    rest.map((each) => (each > axis ? each - 1 : each)),
  );
};

/** Pieces of a split, joined again in order. */
const joinSplit: Rule = (node) => {
  const first = node.inputs[0]?.source;
  if (first?.kind !== "node" || first.node.op !== "Split") return undefined;
  const pieces = first.node.outputs;
  const sameAxis = intAttribute(first.node, "axis", 0) === intAttribute(node, "axis", 0);
  const whole = pieces.length === node.inputs.length && pieces.every((piece, index) => piece === node.inputs[index]);
  return sameAxis && whole ? first.node.inputs[0] : undefined;
};

const dropCast: Rule = (node) => {
  const x = node.inputs[0]!;
  return x.dtype === node.outputs[0]!.dtype ? x : undefined;
};

/** An operand that is repeated to a shape that broadcasting gives anyway need not be repeated. */
const broadcastOperands: Rule = (node, { g }) => {
  const { shape, dtype } = node.outputs[0]!;
  for (const [index, operand] of node.inputs.entries()) {
    const narrow = operand && narrower(operand, g);
    if (!narrow) continue;
    const inputs = node.inputs.with(index, narrow) as Value[];
    if (!sameShape(inputs.map((input) => input.shape).reduce(broadcastShape), shape)) continue;
    return g.apply(node.op, inputs, dtype, shape, node.attributes, node.domain);
  }
  return undefined;
};

function narrower(operand: Value, g: Parameters<Rule>[1]["g"]): Value | undefined {
  const { source } = operand;
  if (source.kind === "fill" && operand.shape.length > 0) return g.fill(operand.dtype, [], source.value);
  return producer(operand, "Expand")?.inputs[0];
}

const broadcasting = ["Add", "Sub", "Mul", "Div", "Max", "Min", "Pow", "Where", "Equal", "Less", "Greater"];
const comparing = ["LessOrEqual", "GreaterOrEqual", "And", "Or", "Xor"];

/** Reshapes, transposes, casts and repetitions that change nothing or undo each other. */
export const cancelMovementRules: RuleSet = {
  Reshape: [mergeReshapes],
  Transpose: [mergeTransposes],
  Expand: [mergeExpands],
  ArgMax: [findBeforeTurning],
  ArgMin: [findBeforeTurning],
  Concat: [joinSplit],
  Cast: [dropCast],
  ...Object.fromEntries([...broadcasting, ...comparing].map((op) => [op, [broadcastOperands]])),
};
