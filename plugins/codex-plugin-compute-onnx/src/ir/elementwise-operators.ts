import type { GraphBuilder } from "./graph-builder.js";
import { type ElementType, int, type Shape, type Value } from "./value.js";

/** The shape that two shapes broadcast to. The shapes are known to fit: tfjs-core has checked them. */
export function broadcastShape(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const first = a[axis - rank + a.length] ?? 1;
    const second = b[axis - rank + b.length] ?? 1;
    return first === 1 ? second : first;
  });
}

/** ONNX data types by number. */
export const dataTypes: { readonly [Dtype in ElementType]: number } = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
  uint32: 12,
  uint64: 13,
};

/** An operator of two broadcast operands: Add, Mul, Less, BitwiseXor … */
export function binary(g: GraphBuilder, op: string, a: Value, b: Value, dtype: ElementType = a.dtype): Value {
  return g.apply(op, [a, b], dtype, broadcastShape(a.shape, b.shape));
}

/** An operator of one operand that keeps its shape: Exp, Tanh, Not … */
export function unary(g: GraphBuilder, op: string, x: Value, dtype: ElementType = x.dtype): Value {
  return g.apply(op, [x], dtype, x.shape);
}

/** A number as an operand for `x`: a scalar of its type. */
export function scalarLike(g: GraphBuilder, x: { readonly dtype: ElementType }, value: number): Value {
  return g.fill(x.dtype, [], value);
}

/** `x op number`. */
export function withNumber(g: GraphBuilder, op: string, x: Value, value: number, dtype: ElementType = x.dtype): Value {
  return binary(g, op, x, scalarLike(g, x, value), dtype);
}

export function cast(g: GraphBuilder, x: Value, dtype: ElementType): Value {
  return x.dtype === dtype ? x : g.apply("Cast", [x], dtype, x.shape, { to: int(dataTypes[dtype]) });
}

/** `yes` where the condition holds, else `no`; all three broadcast. */
export function select(g: GraphBuilder, condition: Value, yes: Value, no: Value): Value {
  const shape = broadcastShape(condition.shape, broadcastShape(yes.shape, no.shape));
  return g.apply("Where", [condition, yes, no], yes.dtype, shape);
}
