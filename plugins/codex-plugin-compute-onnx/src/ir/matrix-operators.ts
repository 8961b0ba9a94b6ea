import { broadcastShape } from "./elementwise-operators.js";
import type { GraphBuilder } from "./graph-builder.js";
import { reshape } from "./movement-operators.js";
import { type Attributes, float, int, sizeOf, type Value } from "./value.js";

/** How the operands of a matrix product are read. */
export interface ProductOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
}

/** `alpha · op(a) · op(b) + c` of matrices; c broadcasts. */
export function gemm(g: GraphBuilder, a: Value, b: Value, options: ProductOptions = {}, c?: Value): Value {
  const { transA = false, transB = false, alpha = 1 } = options;
  const rows = a.shape[transA ? 1 : 0]!;
  const columns = b.shape[transB ? 0 : 1]!;
  return g.apply("Gemm", c ? [a, b, c] : [a, b], a.dtype, [rows, columns], flags({ transA, transB, alpha }));
}

/** Which axes of time-major operands are taken for what: with `transBatch`, [T, B, H, D] is read as [B, H, T, D]. */
export interface BatchedOptions extends ProductOptions {
  readonly transBatchA?: boolean;
  readonly transBatchB?: boolean;
}

/** `alpha · op(a) · op(b)` over leading batch axes, of operands of one rank. */
export function fusedMatMul(g: GraphBuilder, a: Value, b: Value, options: BatchedOptions = {}): Value {
  const { transA = false, transB = false, alpha = 1, transBatchA = false, transBatchB = false } = options;
  const first = logicalShape(a, transBatchA);
  const second = logicalShape(b, transBatchB);
  const rows = first.at(transA ? -1 : -2)!;
  const columns = second.at(transB ? -2 : -1)!;
  const shape = [...broadcastShape(first.slice(0, -2), second.slice(0, -2)), rows, columns];
  const attributes = {
    ...flags({ transA, transB, alpha }),
    ...(transBatchA && { transBatchA: int(1) }),
    ...(transBatchB && { transBatchB: int(1) }),
  };
  if (Object.keys(attributes).length === 0) return g.apply("MatMul", [a, b], a.dtype, shape);
  return g.apply("FusedMatMul", [a, b], a.dtype, shape, attributes, "com.microsoft");
}

/** A product of tensors of rank two or more: one matrix product where the batch axes allow it. */
export function matMul(g: GraphBuilder, a: Value, b: Value, transA: boolean, transB: boolean): Value {
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  if (sizeOf(batchA) === 1 && sizeOf(batchB) === 1) {
    const product = gemm(g, reshape(g, a, a.shape.slice(-2)), reshape(g, b, b.shape.slice(-2)), { transA, transB });
    return reshape(g, product, [...broadcastShape(batchA, batchB), ...product.shape]);
  }
  if (!transA && sizeOf(batchB) === 1) {
    const rows = reshape(g, a, [sizeOf(a.shape.slice(0, -1)), a.shape.at(-1)!]);
    const product = gemm(g, rows, reshape(g, b, b.shape.slice(-2)), { transB });
    return reshape(g, product, [...broadcastShape(batchA, batchB), a.shape.at(-2)!, product.shape[1]!]);
  }
  const rank = Math.max(a.shape.length, b.shape.length);
  const padded = (x: Value) => reshape(g, x, [...Array<number>(rank - x.shape.length).fill(1), ...x.shape]);
  return fusedMatMul(g, padded(a), padded(b), { transA, transB });
}

function logicalShape(x: Value, transBatch: boolean): number[] {
  if (!transBatch) return [...x.shape];
  return [...x.shape.slice(1, -1), x.shape[0]!, x.shape.at(-1)!];
}

function flags({ transA, transB, alpha }: Required<ProductOptions>): Attributes {
  return {
    ...(transA && { transA: int(1) }),
    ...(transB && { transB: int(1) }),
    ...(alpha !== 1 && { alpha: float(alpha) }),
  };
}
