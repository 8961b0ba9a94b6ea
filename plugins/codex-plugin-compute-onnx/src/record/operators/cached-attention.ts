import { binary, cast, scalarLike, select } from "../../ir/elementwise-operators.js";
import { fusedMatMul } from "../../ir/matrix-operators.js";
import { expand, reshape, transpose } from "../../ir/movement-operators.js";
import { int, type Value } from "../../ir/value.js";
import { softmax } from "../kernels/activation.js";
import type { KernelCall, KernelFamily } from "../recorded-kernel.js";

const MASKED = -1e30;

/** New rows [n, B, H, D] are written into a cache [B, H, capacity, D] at `position` and after. */
function writeRows({ g }: KernelCall, cache: Value, rows: Value, places: Value): Value {
  const [batch, heads, , width] = cache.shape as [number, number, number, number];
  const count = rows.shape[0]!;
  const fresh = transpose(g, rows, [1, 2, 0, 3]);
  const target = expand(g, reshape(g, places, [1, 1, count, 1]), [batch, heads, count, width]);
  return g.apply("ScatterElements", [cache, target, fresh], cache.dtype, cache.shape, { axis: int(2) });
}

function cachedAttention(call: KernelCall): readonly Value[] {
  const { g, input, attrs } = call;
  const [q, k, v] = [input("q"), input("k"), input("v")];
  const [keyCache, valueCache, position] = [input("keyCache"), input("valueCache"), input("position")];
  const count = q.shape[0]!;
  const capacity = keyCache.shape[2]!;
  const sequence = (length: number) =>
    g.constant(
      "int32",
      [length],
      Int32Array.from({ length }, (_, index) => index),
    );
  const queries = binary(g, "Add", sequence(count), position);
  const places = cast(g, queries, "int64");
  const keys = writeRows(call, keyCache, k, places);
  const values = writeRows(call, valueCache, v, places);
  const scores = fusedMatMul(g, q, keys, { transB: true, transBatchA: true, alpha: attrs.get<number>("scale") });
  const seen = binary(g, "LessOrEqual", sequence(capacity), reshape(g, queries, [count, 1]), "bool");
  const bias = select(g, seen, scalarLike(g, q, 0), scalarLike(g, q, MASKED));
  const probabilities = softmax(g, "Softmax", binary(g, "Add", scores, reshape(g, bias, [1, 1, count, capacity])), -1);
  return [transpose(g, fusedMatMul(g, probabilities, values), [2, 0, 1, 3]), keys, values];
}

/** Attention of new tokens over a cache; the caches are written in place where nothing else reads them. */
export const cachedAttentionKernels: KernelFamily = { CodexCachedAttention: cachedAttention };
