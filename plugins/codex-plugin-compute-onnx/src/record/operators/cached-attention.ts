import { binary, cast, scalarLike, select } from "../../ir/elementwise-operators.js";
import type { GraphBuilder } from "../../ir/graph-builder.js";
import { fusedMatMul } from "../../ir/matrix-operators.js";
import { expand, reshape, transpose } from "../../ir/movement-operators.js";
import { reduce } from "../../ir/reduction-operators.js";
import { float, int, type Value } from "../../ir/value.js";
import { nativeDomain } from "../../target/target.js";
import { softmax } from "../kernels/activation.js";
import type { KernelCall, KernelFamily } from "../recorded-kernel.js";
import { MASKED } from "./causal-attention.js";

/** GroupQueryAttention takes heads of such widths alone. */
const FUSED_WIDTH = 8;

const sequence = (g: GraphBuilder, length: number) =>
  g.constant(
    "int32",
    [length],
    Int32Array.from({ length }, (_, index) => index),
  );

/** New rows [n, B, H, D] are written into a cache [B, H, capacity, D] at `places`, int32 [B or 1, n]. */
function writeRows({ g }: KernelCall, cache: Value, rows: Value, places: Value): Value {
  const [batch, heads, , width] = cache.shape as [number, number, number, number];
  const count = rows.shape[0]!;
  const fresh = transpose(g, rows, [1, 2, 0, 3]);
  const indices = cast(g, reshape(g, places, [places.shape[0]!, 1, count, 1]), "int64");
  const target = expand(g, indices, [batch, heads, count, width]);
  return g.apply("ScatterElements", [cache, target, fresh], cache.dtype, cache.shape, { axis: int(2) });
}

/** Of operators that know nothing of caches: looks at the whole capacity. */
function composed(call: KernelCall): readonly Value[] {
  const { g, input, optional, attrs } = call;
  const [q, k, v, keyCache, valueCache] = ["q", "k", "v", "keyCache", "valueCache"].map(input) as Value[];
  const [count, batch] = q!.shape as [number, number];
  const capacity = keyCache!.shape[2]!;
  const position = optional("position");
  const row = reshape(g, sequence(g, count), [1, count]);
  const queries = position ? binary(g, "Add", row, reshape(g, position, [batch, 1])) : row;
  const keys = writeRows(call, keyCache!, k!, queries);
  const values = writeRows(call, valueCache!, v!, queries);
  const scores = fusedMatMul(g, q!, keys, { transB: true, transBatchA: true, alpha: attrs.get<number>("scale") });
  const places = reshape(g, queries, [queries.shape[0]!, 1, count, 1]);
  const seen = binary(g, "LessOrEqual", reshape(g, sequence(g, capacity), [1, 1, 1, capacity]), places, "bool");
  const bias = select(g, seen, scalarLike(g, q!, 0), scalarLike(g, q!, MASKED));
  const probabilities = softmax(g, "Softmax", binary(g, "Add", scores, bias), -1);
  return [transpose(g, fusedMatMul(g, probabilities, values), [2, 0, 1, 3]), keys, values];
}

/**
 * By GroupQueryAttention, which reads the filled part of the caches alone, and writes one row where past and present
 * share their memory. It holds several new tokens of several sequences for the beginning of all of them, hence only
 * without `position`.
 */
function fused({ g, input, optional, attrs }: KernelCall): readonly Value[] {
  const [q, k, v, keyCache, valueCache] = ["q", "k", "v", "keyCache", "valueCache"].map(input) as Value[];
  const [count, batch, heads, width] = q!.shape as [number, number, number, number];
  const rows = [q!, k!, v!].map((x) => reshape(g, transpose(g, x, [1, 0, 2, 3]), [batch, count, heads * width]));
  const position = optional("position");
  const lastPlace = (at: Value) => binary(g, "Add", at, g.constant("int32", [1], Int32Array.of(count - 1)));
  const lengths = position
    ? [
        lastPlace(position),
        binary(g, "Add", reduce(g, "ReduceMax", position, [0], true), g.constant("int32", [1], Int32Array.of(count))),
      ]
    : [
        g.constant("int32", [batch], new Int32Array(batch).fill(count - 1)),
        g.constant("int32", [1], Int32Array.of(count)),
      ];
  const { outputs } = g.node(
    "GroupQueryAttention",
    [...rows, keyCache, valueCache, ...lengths],
    [{ dtype: q!.dtype, shape: [batch, count, heads * width] }, keyCache!, valueCache!],
    { num_heads: int(heads), kv_num_heads: int(heads), scale: float(attrs.get<number>("scale")) },
    "com.microsoft",
  );
  const [y, keys, values] = outputs as [Value, Value, Value];
  return [transpose(g, reshape(g, y, [batch, count, heads, width]), [1, 0, 2, 3]), keys, values];
}

/**
 * By the native operator: what a token gets is the same bits whether it comes alone or with others. Beginnings, which may
 * be long, are left to `fused`.
 */
function native({ g, input, optional, attrs }: KernelCall): readonly Value[] {
  const [q, k, v, keyCache, valueCache] = ["q", "k", "v", "keyCache", "valueCache"].map(input) as Value[];
  const inputs = [q, k, v, keyCache, valueCache, optional("position")];
  const attributes = { scale: float(attrs.get<number>("scale")) };
  return g.node("CachedAttention", inputs, [q!, keyCache!, valueCache!], attributes, nativeDomain).outputs;
}

/**
 * ONNX Runtime's GroupQueryAttention is the processor's alone here: WebGPU's gave wrong results for 40 new tokens at once
 * (version 1.30 on Mesa's software driver), and CUDA's was not tried.
 */
function cachedAttention(call: KernelCall): readonly Value[] {
  const [count, batch, , width] = call.input("q").shape as [number, number, number, number];
  if (call.native && call.optional("position")) return native(call);
  const holds = count === 1 || batch === 1 || !call.optional("position");
  const fits = call.g.target.device === "cpu" && width % FUSED_WIDTH === 0 && holds;
  return fits ? fused(call) : composed(call);
}

/** Attention of new tokens over a cache; the caches are written in place where nothing else reads them. */
export const cachedAttentionKernels: KernelFamily = { CodexCachedAttention: cachedAttention };
