import type { GraphBuilder } from "./graph-builder.js";
import { int, ints, type Shape, sameShape, type Value } from "./value.js";

export function reshape(g: GraphBuilder, x: Value, shape: Shape): Value {
  return sameShape(x.shape, shape) ? x : g.apply("Reshape", [x, g.int64s(shape)], x.dtype, shape);
}

export function transpose(g: GraphBuilder, x: Value, perm: readonly number[]): Value {
  if (perm.every((axis, index) => axis === index)) return x;
  return g.apply(
    "Transpose",
    [x],
    x.dtype,
    perm.map((axis) => x.shape[axis]!),
    { perm: ints(perm) },
  );
}

/** Repeats axes of extent 1, and adds leading ones, up to `shape`. */
export function expand(g: GraphBuilder, x: Value, shape: Shape): Value {
  return sameShape(x.shape, shape) ? x : g.apply("Expand", [x, g.int64s(shape)], x.dtype, shape);
}

export function concat(g: GraphBuilder, parts: readonly Value[], axis: number): Value {
  const first = parts[0]!;
  if (parts.length === 1) return first;
  const extent = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
  const shape = first.shape.map((size, index) => (index === axis ? extent : size));
  return g.apply("Concat", parts, first.dtype, shape, { axis: int(axis) });
}

/** Pieces along an axis, of the given extents. */
export function split(g: GraphBuilder, x: Value, extents: readonly number[], axis: number): readonly Value[] {
  if (extents.length === 1) return [x];
  const specs = extents.map((extent) => ({
    dtype: x.dtype,
    shape: x.shape.map((size, index) => (index === axis ? extent : size)),
  }));
  return g.node("Split", [x, g.int64s(extents)], specs, { axis: int(axis) }).outputs;
}

/** Elements `begin + i * stride` of each axis; `end` is exclusive, and may be below zero when the stride is. */
export function slice(
  g: GraphBuilder,
  x: Value,
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[] = begin.map(() => 1),
): Value {
  const extents = begin.map((start, axis) => Math.max(0, Math.ceil((end[axis]! - start) / strides[axis]!)));
  const axes = extents.flatMap((extent, axis) =>
    extent === x.shape[axis] && begin[axis] === 0 && strides[axis] === 1 ? [] : [axis],
  );
  if (axes.length === 0) return x;
  const pick = (values: readonly number[]) => g.int64s(axes.map((axis) => values[axis]!));
  // ONNX counts a negative end from the back; one that means "before the first element" is far below.
  const ends = end.map((stop) => (stop < 0 ? -(2 ** 31) : stop));
  const inputs = [x, pick(begin), pick(ends), g.int64s(axes), pick(strides)];
  return g.apply("Slice", inputs, x.dtype, extents);
}

/** Elements of one axis from `begin` on. */
export function sliceAxis(g: GraphBuilder, x: Value, axis: number, begin: number, extent: number): Value {
  const start = x.shape.map((_, index) => (index === axis ? begin : 0));
  const end = x.shape.map((size, index) => (index === axis ? begin + extent : size));
  return slice(g, x, start, end);
}

/** Takes places of one axis: the axis is replaced by the axes of `indices`. */
export function gather(g: GraphBuilder, x: Value, indices: Value, axis: number): Value {
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return g.apply("Gather", [x, indices], x.dtype, shape, { axis: int(axis) });
}
