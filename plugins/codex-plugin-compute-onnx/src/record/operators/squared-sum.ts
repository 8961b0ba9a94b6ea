import type { GraphBuilder } from "../../ir/graph-builder.js";
import { concat, reshape, sliceAxis } from "../../ir/movement-operators.js";
import { int, sizeOf, type Value } from "../../ir/value.js";
import type { KernelFamily } from "../recorded-kernel.js";

/** One float32 sum takes so many elements at the most: more would lose digits. */
const BLOCK = 1024;

type Sum = "ReduceSum" | "ReduceSumSquare";

/** Sums of the rows of a matrix. */
function rowSums(g: GraphBuilder, op: Sum, x: Value): Value {
  return g.apply(op, [x, g.int64s([1])], "float32", [x.shape[0]!], { keepdims: int(0) });
}

/** A vector of few partial sums of a vector. */
function partialSums(g: GraphBuilder, op: Sum, x: Value): Value {
  const size = x.shape[0]!;
  if (size <= BLOCK) return op === "ReduceSum" ? x : rowSums(g, op, reshape(g, x, [1, size]));
  const blocks = Math.floor(size / BLOCK);
  const whole = rowSums(g, op, reshape(g, sliceAxis(g, x, 0, 0, blocks * BLOCK), [blocks, BLOCK]));
  const total = partialSums(g, "ReduceSum", whole);
  if (blocks * BLOCK === size) return total;
  const rest = sliceAxis(g, x, 0, blocks * BLOCK, size - blocks * BLOCK);
  return concat(g, [total, rowSums(g, op, reshape(g, rest, [1, rest.shape[0]!]))], 0);
}

/** A matrix whose rows are no longer than a few blocks is summed by rows: nothing has to be cut off. */
function squaredSum(g: GraphBuilder, x: Value): Value {
  const width = x.shape.at(-1) ?? 1;
  const byRows = x.shape.length >= 2 && width >= 32 && width <= 4 * BLOCK;
  const sums = byRows
    ? partialSums(g, "ReduceSum", rowSums(g, "ReduceSumSquare", reshape(g, x, [sizeOf(x.shape) / width, width])))
    : partialSums(g, "ReduceSumSquare", reshape(g, x, [sizeOf(x.shape)]));
  return g.apply("ReduceSum", [sums, g.int64s([0])], "float32", [], { keepdims: int(0) });
}

export const squaredSumKernels: KernelFamily = { CodexSquaredSum: ({ g, input }) => squaredSum(g, input("x")) };
