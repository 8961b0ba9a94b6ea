import type { GraphBuilder } from "./graph-builder.js";
import { reshape } from "./movement-operators.js";
import { int, type Shape, sizeOf, type Value } from "./value.js";

/** The shape after reducing axes. */
function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): number[] {
  if (keepDims) return shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  return shape.filter((_, axis) => !axes.includes(axis));
}

/**
 * ReduceSum, ReduceMax … over axes. Neighbouring axes are merged first: ONNX Runtime is fast for the first or last axis
 * of a matrix. A whole tensor counts as a row: along it, sums are taken in lanes and keep their digits.
 */
export function reduce(g: GraphBuilder, op: string, x: Value, axes: readonly number[], keepDims = false): Value {
  const shape = reducedShape(x.shape, axes, keepDims);
  if (axes.length === 0) return x;
  const leading = axes.every((axis) => axis < axes.length);
  const trailing = axes.every((axis) => axis >= x.shape.length - axes.length);
  if (leading || trailing) {
    const border = trailing ? x.shape.length - axes.length : axes.length;
    const matrix = reshape(g, x, [sizeOf(x.shape.slice(0, border)), sizeOf(x.shape.slice(border))]);
    const axis = trailing ? 1 : 0;
    const reduced = g.apply(op, [matrix, g.int64s([axis])], x.dtype, [matrix.shape[1 - axis]!], { keepdims: int(0) });
    return reshape(g, reduced, shape);
  }
  return g.apply(op, [x, g.int64s([...axes])], x.dtype, shape, { keepdims: int(keepDims ? 1 : 0) });
}
