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
  zeros,
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
  readonly position?: Tensor;
}

/** The cache [B, H, capacity, D] with rows [n, B, H, D] written where `offsets` [B, capacity] is 0 to n - 1. */
function written(cache: Tensor, rows: Tensor, offsets: Tensor): Tensor {
  const [batch, heads, capacity, width] = cache.shape as [number, number, number, number];
  const count = rows.shape[0]!;
  const place = minimum(maximum(offsets, scalar(0, "int32")), scalar(count - 1, "int32"));
  const rowOf = add(place, mul(reshape(range(0, batch, 1, "int32"), [batch, 1]), scalar(count, "int32")));
  const source = gather(reshape(transpose(rows, [1, 0, 2, 3]), [batch * count, heads * width]), rowOf);
  const isNew = logicalAnd(greaterEqual(offsets, 0), lessEqual(offsets, count - 1));
  const placed = transpose(reshape(source, [batch, capacity, heads, width]), [0, 2, 1, 3]);
  return where(reshape(isNew, [batch, 1, capacity, 1]), placed, cache);
}

/**
 * `CodexCachedAttention`: q, k, v [n, B, H, D], keyCache, valueCache [B, H, capacity, D], position int32 [B] or none →
 * y [n, B, H, D] and the new caches. Has no gradient.
 */
export const cachedAttentionOperator = defineOperator<Inputs, { readonly scale: number }>({
  kernelName: "CodexCachedAttention",
  compose({ q, k, v, keyCache, valueCache, position }, { scale }) {
    const [count, batch] = q.shape as [number, number];
    const capacity = keyCache.shape[2]!;
    const first = reshape(position ?? zeros([batch], "int32"), [batch, 1]);
    const slots = reshape(range(0, capacity, 1, "int32"), [1, capacity]);
    const offsets = sub(slots, first);
    const keys = written(keyCache, k, offsets);
    const values = written(valueCache, v, offsets);
    const scores = mul(matMul(transpose(q, [1, 2, 0, 3]), keys, false, true), scale);
    const queries = reshape(add(reshape(range(0, count, 1, "int32"), [1, count]), first), [batch, count, 1]);
    const allowed = lessEqual(reshape(slots, [1, 1, capacity]), queries);
    const y = matMul(maskedSoftmax(scores, reshape(allowed, [batch, 1, count, capacity])), values);
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
 * Causal attention of n new tokens of each sequence at its `position` and after, over them and all that the caches hold
 * before them. The caller keeps position + n ≤ capacity. What is in the caches after a query's own place is never read,
 * so that padding behind a shorter sequence does no harm. For decoding: has no gradient.
 *
 * q, k, v [n, B, H, D] f32, caches [B, H, capacity, D] f32, position int32 [B]; without it all sequences begin here.
 *
 * @throws CODEX_NN_SHAPE when the shapes do not fit.
 */
export function cachedAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  keyCache: Tensor,
  valueCache: Tensor,
  position?: Tensor,
  options: CachedAttentionOptions = {},
): CachedAttentionOutput {
  checkShape("cachedAttention", "q", q, [undefined, undefined, undefined, undefined]);
  const [, batch, heads, width] = q.shape as [number, number, number, number];
  checkShape("cachedAttention", "k", k, q.shape);
  checkShape("cachedAttention", "v", v, q.shape);
  checkShape("cachedAttention", "keyCache", keyCache, [batch, heads, undefined, width]);
  checkShape("cachedAttention", "valueCache", valueCache, keyCache.shape);
  if (position) {
    checkShape("cachedAttention", "position", position, [batch]);
    checkInt32("cachedAttention", "position", position);
  }
  const { scale = 1 / Math.sqrt(width) } = options;
  const outputs = cachedAttentionOperator.run({ q, k, v, keyCache, valueCache, position }, { scale });
  const [y, keys, values] = outputs as [Tensor4D, Tensor4D, Tensor4D];
  return { y, keyCache: keys, valueCache: values };
}
