import { binary } from "../../ir/elementwise-operators.js";
import type { GraphBuilder } from "../../ir/graph-builder.js";
import { reshape, sliceAxis } from "../../ir/movement-operators.js";
import { int, sizeOf, type Value } from "../../ir/value.js";
import type { KernelFamily } from "../recorded-kernel.js";

/** One float32 sum takes so many elements at the most: more would lose digits. */
const BLOCK = 1024;

function sums(g: GraphBuilder, op: "ReduceSum" | "ReduceSumSquare", x: Value): Value {
  const [rows] = x.shape as [number, number];
  return g.apply(op, [x, g.int64s([1])], "float32", [rows], { keepdims: int(0) });
}

/** The sum of a vector, by blocks of blocks. */
function blockedSum(g: GraphBuilder, op: "ReduceSum" | "ReduceSumSquare", x: Value): Value {
  const size = x.shape[0]!;
  if (size <= BLOCK) return reshape(g, sums(g, op, reshape(g, x, [1, size])), []);
  const blocks = Math.floor(size / BLOCK);
  const whole = reshape(g, sliceAxis(g, x, 0, 0, blocks * BLOCK), [blocks, BLOCK]);
  const total = blockedSum(g, "ReduceSum", sums(g, op, whole));
  if (blocks * BLOCK === size) return total;
  const rest = sliceAxis(g, x, 0, blocks * BLOCK, size - blocks * BLOCK);
  return binary(g, "Add", total, blockedSum(g, op, rest));
}

/** A matrix whose rows are no longer than a block is summed by rows: nothing has to be cut off. */
function squaredSum(g: GraphBuilder, x: Value): Value {
  const width = x.shape.at(-1) ?? 1;
  if (x.shape.length >= 2 && width >= 32 && width <= 4 * BLOCK) {
    const rows = reshape(g, x, [sizeOf(x.shape) / width, width]);
    return blockedSum(g, "ReduceSum", sums(g, "ReduceSumSquare", rows));
  }
  return blockedSum(g, "ReduceSumSquare", reshape(g, x, [sizeOf(x.shape)]));
}

export const squaredSumKernels: KernelFamily = { CodexSquaredSum: ({ g, input }) => squaredSum(g, input("x")) };
