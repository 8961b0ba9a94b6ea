import { reshape } from "../ir/movement-operators.js";
import {
  type Attributes,
  float,
  floatAttribute,
  int,
  intAttribute,
  type Node,
  producer,
  sameShape,
  sizeOf,
  type Value,
} from "../ir/value.js";
import { nativeDomain } from "../target/target.js";
import type { Rule, RuleSet } from "./rewrite.js";

/** Fewest rows of a native product that packs its operands: for fewer that costs more than the product. */
const LEAST_ROWS = 16;

/** Most rows of a native product that packs nothing, as when a token or a few are generated. */
export const FEW_ROWS = 8;

/** Whether a product of so many rows is left to ONNX Runtime. */
const isBetweenSizes = (rows: number) => rows > FEW_ROWS && rows < LEAST_ROWS;

/**
 * Multiply-adds below which a product that takes nothing in is left to ONNX Runtime, unless it reads its left operand
 * transposed: there it reads that operand as it lies, which is worth more than packing it. Measured on one core with
 * AVX-512, speed of native ÷ stock: 768×512·512×128 0.85, 768×128·128×128 0.87, 4096×384·384×65 0.79; 4096×384·384×384
 * 1.05 to 1.11; transposed 128×768·768×384 1.06.
 */
const LEAST_BARE_WORK = 1.5e8;

/**
 * Rows below which such a product is left to ONNX Runtime, too: what packing the right operand costs is shared by few.
 * Measured on two cores with AVX-512, time of L's training step with native ones ÷ with stock ones, by rows: 16 1.03,
 * 32 1.00, 64 0.95, 128 0.96, 256 0.88, 512 0.95.
 */
const LEAST_BARE_ROWS = 64;

/** The native product that makes a value. */
function nativeProduct(value: Value | undefined): Node | undefined {
  const node = producer(value, "Gemm");
  return node?.domain === nativeDomain ? node : undefined;
}

/** An operator is asked for each of its attributes, so none is left out. */
function attributesOf(node: Node): Attributes {
  return {
    transA: int(intAttribute(node, "transA", 0)),
    transB: int(intAttribute(node, "transB", 0)),
    alpha: float(floatAttribute(node, "alpha", 1)),
  };
}

/** Values that hold one number for each column of a matrix. */
function isBias(value: Value, columns: number): boolean {
  return value.shape.at(-1) === columns && sizeOf(value.shape) === columns && value.shape.length <= 2;
}

/** ONNX's Gemm → the native one: its C becomes a bias or a base. */
const makeNative: Rule = (node, { g }) => {
  const [a, b, c] = node.inputs as [Value, Value, Value | undefined];
  const { dtype, shape } = node.outputs[0]!;
  if (node.domain !== "" || dtype !== "float32" || isBetweenSizes(shape[0]!)) return undefined;
  const attributes = attributesOf(node);
  if (!c) return g.apply("Gemm", [a, b], dtype, shape, attributes, nativeDomain);
  if (sameShape(c.shape, shape)) {
    return g.apply("Gemm", [a, b, undefined, c], dtype, shape, attributes, nativeDomain);
  }
  return isBias(c, shape[1]!) ? g.apply("Gemm", [a, b, c], dtype, shape, attributes, nativeDomain) : undefined;
};

/** A·B + bias and A·B + base, the sum being the product's only reader. */
const addIntoProduct: Rule = (node, { g, uses }) => {
  const { dtype, shape } = node.outputs[0]!;
  const operands = node.inputs as [Value, Value];
  for (const [product, other] of [operands, [operands[1], operands[0]] as const]) {
    const reshaped = producer(product, "Reshape");
    const made = reshaped ? reshaped.inputs[0]! : product;
    const source = nativeProduct(made);
    if (!source || uses(product) > 1 || uses(made) > 1 || !sameShape(product.shape, shape)) continue;
    const [a, b, bias, base] = source.inputs;
    const inner = made.shape;
    if (!bias && isBias(other, inner[1]!) && shape.at(-1) === inner[1]) {
      const sum = g.apply("Gemm", [a, b, other, base], dtype, inner, source.attributes, nativeDomain);
      return reshape(g, sum, shape);
    }
    if (!base && sameShape(other.shape, shape)) {
      const inputs = [a, b, bias, reshape(g, other, inner)];
      return reshape(g, g.apply("Gemm", inputs, dtype, inner, source.attributes, nativeDomain), shape);
    }
  }
  return undefined;
};

/** The product with GELU that gives both gelu(y) and y. */
function geluProduct(x: Value, { g, uses }: Parameters<Rule>[1]): Node | undefined {
  const product = nativeProduct(x);
  // y is read by its GELU and by that one's gradient; where it is read once alone, GELU is taken in place as well.
  if (!product || product.inputs[3] || uses(x) !== 2) return undefined;
  const [output] = product.outputs;
  return g.node("GemmGelu", product.inputs, [output!, output!], product.attributes, nativeDomain);
}

const geluOfProduct: Rule = (node, context) => geluProduct(node.inputs[0]!, context)?.outputs[0];

const geluGradientOfProduct: Rule = (node, context) => {
  const [dy, x] = node.inputs as [Value, Value];
  const before = geluProduct(x, context)?.outputs[1];
  const { dtype, shape } = node.outputs[0]!;
  return before && context.g.apply("GeluGradient", [dy, before], dtype, shape, {}, nativeDomain);
};

/**
 * An embedding's rows onto the product that is its table's gradient as a head. Apart, the sum would be a table of its own
 * beside the product's: ONNX Runtime gives a result that leaves the program its own memory.
 */
const rowsOntoProduct: Rule = (node, { g, uses }) => {
  const [dy, ids, table] = node.inputs as [Value, Value, Value];
  const product = nativeProduct(table);
  if (!product || uses(table) > 1) return undefined;
  const [a, b, bias, base] = product.inputs;
  if (bias) return undefined;
  const { dtype, shape } = node.outputs[0]!;
  return g.apply("GemmWithRows", [a, b, base, dy, ids], dtype, shape, product.attributes, nativeDomain);
};

const leaveSmall: Rule = (node, { g }) => {
  const [a, b, bias, base] = node.inputs as [Value, Value, Value | undefined, Value | undefined];
  if (node.domain !== nativeDomain || bias || base || intAttribute(node, "transA", 0) === 1) return undefined;
  const { dtype, shape } = node.outputs[0]!;
  if (shape[0]! <= FEW_ROWS) return undefined;
  return shape[0]! < LEAST_BARE_ROWS || sizeOf(shape) * a.shape[1]! < LEAST_BARE_WORK
    ? g.apply("Gemm", [a, b], dtype, shape, node.attributes)
    : undefined;
};

/** Small products that took nothing in, back to ONNX Runtime's; once, after `nativeProductRules`. */
export const smallProductRules: RuleSet = { Gemm: [leaveSmall] };

/** Products on native operators, and what they take in: biases, sums, GELU, rows. After all rules that know ONNX's Gemm. */
export const nativeProductRules: RuleSet = {
  Gemm: [makeNative],
  Add: [addIntoProduct],
  Gelu: [geluOfProduct],
  GeluGradient: [geluGradientOfProduct],
  EmbeddingGradientOnto: [rowsOntoProduct],
};
