import type { GraphBuilder } from "../../ir/graph-builder.js";
import { fusedMatMul } from "../../ir/matrix-operators.js";
import { concat, reshape, sliceAxis } from "../../ir/movement-operators.js";
import { int, sizeOf, type Value } from "../../ir/value.js";
import { nativeDomain } from "../../target/target.js";
import type { KernelFamily } from "../recorded-kernel.js";

/** One float32 sum takes so many elements at the most: more would lose digits. */
const BLOCK = 1024;

/** What is summed: the elements, or their squares. */
type Sum = "sum" | "sum of squares";

/** Sums of the rows of a matrix. Squares as products of each row with itself: several times as fast as the reduction. */
function rowSums(g: GraphBuilder, op: Sum, x: Value): Value {
  const [rows, width] = x.shape as [number, number];
  if (op === "sum") return g.apply("ReduceSum", [x, g.int64s([1])], "float32", [rows], { keepdims: int(0) });
  const single = reshape(g, x, [rows, 1, width]);
  return reshape(g, fusedMatMul(g, single, single, { transB: true }), [rows]);
}

/** A vector of few partial sums of a vector. */
function partialSums(g: GraphBuilder, op: Sum, x: Value): Value {
  const size = x.shape[0]!;
  if (size <= BLOCK) return op === "sum" ? x : rowSums(g, op, reshape(g, x, [1, size]));
  const blocks = Math.floor(size / BLOCK);
  const whole = rowSums(g, op, reshape(g, sliceAxis(g, x, 0, 0, blocks * BLOCK), [blocks, BLOCK]));
  const total = partialSums(g, "sum", whole);
  if (blocks * BLOCK === size) return total;
  const rest = sliceAxis(g, x, 0, blocks * BLOCK, size - blocks * BLOCK);
  return concat(g, [total, rowSums(g, op, reshape(g, rest, [1, rest.shape[0]!]))], 0);
}

/** A matrix whose rows are no longer than a few blocks is summed by rows: nothing has to be cut off. */
function squaredSum(g: GraphBuilder, x: Value): Value {
  const width = x.shape.at(-1) ?? 1;
  const byRows = x.shape.length >= 2 && width >= 32 && width <= 4 * BLOCK;
  const sums = byRows
    ? partialSums(g, "sum", rowSums(g, "sum of squares", reshape(g, x, [sizeOf(x.shape) / width, width])))
    : partialSums(g, "sum of squares", reshape(g, x, [sizeOf(x.shape)]));
  return g.apply("ReduceSum", [sums, g.int64s([0])], "float32", [], { keepdims: int(0) });
}

export const squaredSumKernels: KernelFamily = {
  CodexSquaredSum: ({ g, native, input }) =>
    native ? g.apply("SquaredSum", [input("x")], "float32", [], {}, nativeDomain) : squaredSum(g, input("x")),
};
