import {
  add,
  gather,
  greaterEqual,
  lessEqual,
  logicalAnd,
  matMul,
  maximum,
  minimum,
  mul,
  range,
  reshape,
  scalar,
  sub,
  type Tensor,
  type Tensor4D,
  transpose,
  where,
} from "@tensorflow/tfjs-core";
import { checkInt32, checkShape } from "./check-shapes.js";
import { maskedSoftmax } from "./masked-softmax.js";
import { defineOperator } from "./operator.js";

interface Inputs {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly keyCache: Tensor;
  readonly valueCache: Tensor;
  readonly position: Tensor;
}

/** The cache [B, H, capacity, D] with rows [n, B, H, D] written at `position` and after. */
function written(cache: Tensor, rows: Tensor, offsets: Tensor, count: number): Tensor {
  const capacity = cache.shape[2]!;
  const source = gather(
    transpose(rows, [1, 2, 0, 3]),
    minimum(maximum(offsets, scalar(0, "int32")), scalar(count - 1, "int32")),
    2,
  );
  const isNew = logicalAnd(greaterEqual(offsets, 0), lessEqual(offsets, count - 1));
  return where(reshape(isNew, [1, 1, capacity, 1]), source, cache);
}

/**
 * `CodexCachedAttention`: q, k, v [n, B, H, D], keyCache, valueCache [B, H, capacity, D], position int32 [] →
 * y [n, B, H, D] and the new caches. Has no gradient.
 */
export const cachedAttentionOperator = defineOperator<Inputs, { readonly scale: number }>({
  kernelName: "CodexCachedAttention",
  compose({ q, k, v, keyCache, valueCache, position }, { scale }) {
    const count = q.shape[0]!;
    const capacity = keyCache.shape[2]!;
    const slots = range(0, capacity, 1, "int32");
    const offsets = sub(slots, position);
    const keys = written(keyCache, k, offsets, count);
    const values = written(valueCache, v, offsets, count);
    const scores = mul(matMul(transpose(q, [1, 2, 0, 3]), keys, false, true), scale);
    const queries = reshape(add(range(0, count, 1, "int32"), position), [count, 1]);
    const allowed = reshape(lessEqual(reshape(slots, [1, capacity]), queries), [1, 1, count, capacity]);
    const y = matMul(maskedSoftmax(scores, allowed), values);
    return [transpose(y, [2, 0, 1, 3]), keys, values];
  },
});

/** Options of `cachedAttention`. */
export interface CachedAttentionOptions {
  /** Factor of the scores. Default: 1/√D. */
  readonly scale?: number;
}

/** What `cachedAttention` returns. */
export interface CachedAttentionOutput {
  /** [n, B, H, D] */
  readonly y: Tensor4D;
  /** [B, H, capacity, D] */
  readonly keyCache: Tensor4D;
  /** [B, H, capacity, D] */
  readonly valueCache: Tensor4D;
}

/**
 * Causal attention of n new tokens at `position` and after, over them and all that the caches hold before them. The
 * caller keeps position + n ≤ capacity: rows past the capacity are lost. For decoding: has no gradient.
 *
 * q, k, v [n, B, H, D] f32, caches [B, H, capacity, D] f32, position int32 scalar.
 *
 * @throws CODEX_NN_SHAPE when the shapes do not fit.
 */
export function cachedAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  keyCache: Tensor,
  valueCache: Tensor,
  position: Tensor,
  options: CachedAttentionOptions = {},
): CachedAttentionOutput {
  checkShape("cachedAttention", "q", q, [undefined, undefined, undefined, undefined]);
  const [, batch, heads, width] = q.shape as [number, number, number, number];
  checkShape("cachedAttention", "k", k, q.shape);
  checkShape("cachedAttention", "v", v, q.shape);
  checkShape("cachedAttention", "keyCache", keyCache, [batch, heads, undefined, width]);
  checkShape("cachedAttention", "valueCache", valueCache, keyCache.shape);
  checkShape("cachedAttention", "position", position, []);
  checkInt32("cachedAttention", "position", position);
  const { scale = 1 / Math.sqrt(width) } = options;
  const outputs = cachedAttentionOperator.run({ q, k, v, keyCache, valueCache, position }, { scale });
  const [y, keys, values] = outputs as [Tensor4D, Tensor4D, Tensor4D];
  return { y, keyCache: keys, valueCache: values };
}
