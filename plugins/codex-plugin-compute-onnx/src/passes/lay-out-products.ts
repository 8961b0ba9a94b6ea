import type { GraphBuilder } from "../ir/graph-builder.js";
import { gemm } from "../ir/matrix-operators.js";
import { reshape } from "../ir/movement-operators.js";
import { floatAttribute, intAttribute, ints, type Value } from "../ir/value.js";
import { nativeDomain } from "../target/target.js";
import type { Rule, RuleSet } from "./rewrite.js";

/** Below so many multiply-adds a transposed left operand costs nothing worth saving. */
const WORTHWHILE = 5e8;

/** A transposed left operand slows a product down by a fifth: so many multiply-adds cost as much as one moved element. */
const PRODUCTS_PER_MOVE = 300;

/**
 * aᵀ·b of large matrices, as gradients of weights are: ONNX Runtime's product reads a transposed left operand slowly,
 * so that turning the smaller operand round beforehand pays. Either aᵀ is made, or bᵀ, and the result is turned.
 */
const turnLeftOperand: Rule = (node, { g }) => {
  const [a, b, c] = node.inputs as [Value, Value, Value | undefined];
  if (intAttribute(node, "transA", 0) !== 1 || intAttribute(node, "transB", 0) !== 0) return undefined;
  const [count, rows] = a.shape as [number, number];
  const columns = b.shape[1]!;
  const work = count * rows * columns;
  const movedFirst = count * rows;
  const movedSecond = count * columns + rows * columns;
  if (work < WORTHWHILE || Math.min(movedFirst, movedSecond) * PRODUCTS_PER_MOVE > work) return undefined;
  const alpha = floatAttribute(node, "alpha", 1);
  if (movedFirst <= movedSecond) return gemm(g, turned(g, a), b, { alpha }, c);
  const product = turned(g, gemm(g, turned(g, b), a, { alpha }));
  return c ? g.apply("Add", [c, product], product.dtype, product.shape) : product;
};

/** A matrix transposed. Under three axes, or ONNX Runtime would fold the Transpose back into the product. */
function turned(g: GraphBuilder, x: Value): Value {
  const [rows, columns] = x.shape as [number, number];
  const moved = g.apply("Transpose", [reshape(g, x, [1, rows, columns])], x.dtype, [1, columns, rows], {
    perm: ints([0, 2, 1]),
  });
  return reshape(g, moved, [columns, rows]);
}

/** Fewest rows whose sum a product takes faster. */
const SUMMED_ROWS = 64;

/**
 * The sum of a matrix's rows, as gradients of biases are: a native operator, or a product with a row of ones, up to twice
 * as fast as the reduction.
 */
const sumByProduct: Rule = (node, { g }) => {
  const [x, axes] = node.inputs as [Value, Value];
  const overRows = axes.source.kind === "constant" && axes.source.data.length === 1 && axes.source.data[0] === 0n;
  if (!overRows || x.shape.length !== 2 || x.shape[0]! < SUMMED_ROWS || x.dtype !== "float32") return undefined;
  if (g.target.native) return g.apply("ColumnSums", [x], x.dtype, [x.shape[1]!], {}, nativeDomain);
  return reshape(g, gemm(g, g.fill("float32", [1, x.shape[0]!], 1), x), node.outputs[0]!.shape);
};

/** How ONNX Runtime's products read their operands; last, since the rules before would undo it. */
export const layOutProductRules: RuleSet = { Gemm: [turnLeftOperand] };

/** Sums that products take. */
export const sumByProductRules: RuleSet = { ReduceSum: [sumByProduct] };
