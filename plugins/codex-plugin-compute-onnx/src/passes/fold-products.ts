import { gemm } from "../ir/matrix-operators.js";
import {
  type Attributes,
  float,
  floatAttribute,
  int,
  intAttribute,
  intsAttribute,
  type Node,
  producer,
  type Value,
} from "../ir/value.js";
import { splitFactor } from "./fold-uniform.js";
import type { Rule, RuleSet } from "./rewrite.js";

const PRODUCTS = ["Gemm", "MatMul", "FusedMatMul"] as const;

/** A product with other operands, its factor multiplied by `factor` and attributes changed. */
function altered(
  node: Node,
  { g }: Parameters<Rule>[1],
  change: { factor?: number; inputs?: readonly (Value | undefined)[]; attributes?: Attributes },
): Value {
  const alpha = floatAttribute(node, "alpha", 1) * (change.factor ?? 1);
  const { alpha: _, ...rest } = { ...node.attributes, ...change.attributes };
  const attributes = { ...rest, ...(alpha !== 1 && { alpha: float(alpha) }) };
  const { dtype, shape } = node.outputs[0]!;
  const inputs = change.inputs ?? node.inputs;
  if (node.op === "Gemm") return g.apply("Gemm", inputs, dtype, shape, attributes);
  const plain = Object.values(attributes).every((attribute) => attribute.value === 0);
  if (plain) return g.apply("MatMul", inputs, dtype, shape);
  return g.apply("FusedMatMul", inputs, dtype, shape, attributes, "com.microsoft");
}

/** c · (A·B) → the product with factor c. A product that adds a C is left: its C would be scaled too. */
const scaleProduct: Rule = (node, context) => {
  const [factor, x] = splitFactor(node);
  const product = factor === undefined ? undefined : producer(x, ...PRODUCTS);
  if (!product || product.inputs.length > 2 || context.uses(x!) > 1) return undefined;
  return sameSize(node, x!) ? altered(product, context, { factor }) : undefined;
};

/** c · reshaped(x) → reshaped(c · x), so that the factor comes nearer to a product. */
const sinkFactor: Rule = (node, { g, uses }) => {
  const [factor, x] = splitFactor(node);
  const moved = factor === undefined ? undefined : producer(x, "Reshape", "Transpose");
  const inner = moved?.inputs[0];
  if (!moved || !inner || uses(x!) > 1 || !sameSize(node, x!) || !leadsToProduct(inner)) return undefined;
  const scaled = g.apply("Mul", [inner, g.fill("float32", [], factor!)], "float32", inner.shape);
  return g.apply(moved.op, moved.inputs.with(0, scaled), "float32", moved.outputs[0]!.shape, moved.attributes);
};

function leadsToProduct(value: Value): boolean {
  const moved = producer(value, "Reshape", "Transpose");
  return moved ? leadsToProduct(moved.inputs[0]!) : producer(value, ...PRODUCTS) !== undefined;
}

function sameSize(node: Node, operand: Value): boolean {
  return node.outputs[0]!.shape.join() === operand.shape.join();
}

/** (c · A)·B → the product with factor c. */
const scaleOperand: Rule = (node, context) => {
  for (const index of [0, 1]) {
    const scaled = producer(node.inputs[index], "Mul");
    const [factor, x] = scaled ? splitFactor(scaled) : [undefined, undefined];
    if (factor === undefined || x.shape.join() !== node.inputs[index]!.shape.join()) continue;
    return altered(node, context, { factor, inputs: node.inputs.with(index, x) });
  }
  return undefined;
};

/** A transposed operand: the product reads it transposed instead. */
const readTransposed: Rule = (node, context) => {
  for (const index of [0, 1] as const) {
    const moved = producer(node.inputs[index], "Transpose");
    if (!moved) continue;
    const perm = intsAttribute(moved, "perm");
    const last = perm.length - 1;
    const side = index === 0 ? "A" : "B";
    const inputs = node.inputs.with(index, moved.inputs[0]);
    // transBatch moves axes before trans swaps the last two: neither folds into an operand that is moved so already.
    if (intAttribute(node, `transBatch${side}`, 0)) continue;
    const leading = perm.slice(0, -2).every((axis, place) => axis === place);
    if (leading && perm[last] === last - 1) {
      const flipped = int(1 - intAttribute(node, `trans${side}`, 0));
      return altered(node, context, { inputs, attributes: { [`trans${side}`]: flipped } });
    }
    const timeMajor = perm.every(
      (axis, place) => axis === (place === last ? last : place === last - 1 ? 0 : place + 1),
    );
    if (node.op !== "Gemm" && timeMajor && last >= 2) {
      return altered(node, context, { inputs, attributes: { [`transBatch${side}`]: int(1) } });
    }
  }
  return undefined;
};

/**
 * Rows of a wide A that are scaled by a column r: (r∘A)·B = r∘(A·B), and (r∘A)ᵀ·B = Aᵀ·(r∘B). Where A is much wider
 * than the other matrix, as gradients of logits are, the scaling then passes over far fewer elements.
 */
const scaleNarrowSide: Rule = (node, { g }) => {
  const scaled = producer(node.inputs[0], "Mul");
  const [wide, rows] = scaled ? rowScaling(scaled) : [undefined, undefined];
  const other = node.inputs[1]!;
  const [count, width] = node.inputs[0]!.shape as [number, number];
  if (!wide || node.inputs.length > 2) return undefined;
  const transA = intAttribute(node, "transA", 0) === 1;
  const transB = intAttribute(node, "transB", 0) === 1;
  const alpha = floatAttribute(node, "alpha", 1);
  const narrow = other.shape[transB ? 0 : 1]!;
  if (width < 4 * narrow) return undefined;
  if (!transA) {
    const product = gemm(g, wide, other, { transB, alpha });
    return g.apply("Mul", [product, rows], "float32", product.shape);
  }
  if (transB) return undefined;
  const scaledOther = g.apply("Mul", [other, rows], "float32", [count, narrow]);
  return gemm(g, wide, scaledOther, { transA, alpha });
};

function rowScaling(node: Node): readonly [Value, Value] | readonly [undefined, undefined] {
  const [a, b] = node.inputs as [Value, Value];
  const isColumn = (value: Value, of: Value) =>
    of.shape.length === 2 && value.shape.length === 2 && value.shape[1] === 1 && of.shape[1]! > 1;
  if (isColumn(b, a)) return [a, b];
  return isColumn(a, b) ? [b, a] : [undefined, undefined];
}

/** A matrix transposed that a product made: the product with its operands swapped. */
const transposeProduct: Rule = (node, { g, uses }) => {
  const x = node.inputs[0]!;
  const product = producer(x, "Gemm");
  if (!product || product.inputs.length > 2 || uses(x) > 1 || x.shape.length !== 2) return undefined;
  const [a, b] = product.inputs as [Value, Value];
  return gemm(g, b, a, {
    transA: intAttribute(product, "transB", 0) === 0,
    transB: intAttribute(product, "transA", 0) === 0,
    alpha: floatAttribute(product, "alpha", 1),
  });
};

/** Factors, transpositions and row scalings that a product can take in. */
export const foldProductRules: RuleSet = {
  Mul: [scaleProduct, sinkFactor],
  Gemm: [scaleOperand, readTransposed, scaleNarrowSide],
  MatMul: [scaleOperand, readTransposed],
  FusedMatMul: [scaleOperand, readTransposed],
  Transpose: [transposeProduct],
};
