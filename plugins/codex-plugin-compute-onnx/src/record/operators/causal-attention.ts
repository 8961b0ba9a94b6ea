import { binary, scalarLike, select } from "../../ir/elementwise-operators.js";
import type { GraphBuilder } from "../../ir/graph-builder.js";
import { fusedMatMul } from "../../ir/matrix-operators.js";
import { concat, reshape, sliceAxis, transpose } from "../../ir/movement-operators.js";
import { reduce } from "../../ir/reduction-operators.js";
import type { Value } from "../../ir/value.js";
import { softmax } from "../kernels/activation.js";
import type { KernelCall, KernelFamily } from "../recorded-kernel.js";
import { nativeAttention, nativeAttentionGrad } from "./native-attention.js";

/** What hides a key: far below every score, and finite, so that no NaN can come of it. */
export const MASKED = -1e30;

/** Fewest queries of a block: smaller products cost more than the masked scores that blocks leave out. */
const BLOCK = 64;

/** Most blocks of queries. */
const MOST_BLOCKS = 4;

/**
 * Queries are taken in blocks, each with the keys up to its own end: scores that lie wholly above the diagonal are never
 * computed.
 */
interface Block {
  readonly first: number;
  readonly queries: number;
  /** Keys that the block looks at: from the start to its own last place. */
  readonly keys: number;
}

function blocksOf(length: number): readonly Block[] {
  const count = Math.max(1, Math.min(MOST_BLOCKS, Math.floor(length / BLOCK)));
  const ends = Array.from({ length: count }, (_, index) => Math.round(((index + 1) * length) / count));
  return ends.map((keys, index) => {
    const first = index === 0 ? 0 : ends[index - 1]!;
    return { first, queries: keys - first, keys };
  });
}

/** [1, 1, queries, keys]: 0 where a query (row) may look at a key (column), else far below every score. */
function causalBias(g: GraphBuilder, { first, queries, keys }: Block): Value {
  const bias = new Float32Array(queries * keys);
  for (let row = 0; row < queries; row += 1) bias.fill(MASKED, row * keys + first + row + 1, (row + 1) * keys);
  return g.constant("float32", [1, 1, queries, keys], bias);
}

/** [B, 1, queries, keys]: the causal bias within a segment of segmentIds [B, T], far below every score across them. */
function segmentBias(g: GraphBuilder, segmentIds: Value, block: Block): Value {
  const batch = segmentIds.shape[0]!;
  const { first, queries, keys } = block;
  const rows = reshape(g, sliceAxis(g, segmentIds, 1, first, queries), [batch, 1, queries, 1]);
  const columns = reshape(g, sliceAxis(g, segmentIds, 1, 0, keys), [batch, 1, 1, keys]);
  const causal = causalBias(g, block);
  return select(g, binary(g, "Equal", rows, columns, "bool"), causal, scalarLike(g, causal, MASKED));
}

const timeFirst = (g: GraphBuilder, x: Value) => transpose(g, x, [2, 0, 1, 3]);

/** Probabilities by block, of the whole that the forward kernel gives to be saved: the gradient goes on with the blocks. */
const blocksOfWhole = new WeakMap<Value, readonly Value[]>();

/** [B, H, T, T] of blocks of rows; nothing reads it where the gradient is this file's. */
function whole(g: GraphBuilder, blocks: readonly Value[]): Value {
  if (blocks.length === 1) return blocks[0]!;
  const [batch, heads, , length] = blocks.at(-1)!.shape as [number, number, number, number];
  const padded = blocks.map((block) => {
    const [, , rows, keys] = block.shape as [number, number, number, number];
    const right = g.fill(block.dtype, [batch, heads, rows, length - keys], 0);
    return keys === length ? block : concat(g, [block, right], 3);
  });
  const joined = concat(g, padded, 2);
  blocksOfWhole.set(joined, blocks);
  return joined;
}

function blockOf(g: GraphBuilder, x: Value, { first, queries, keys }: Block): Value {
  return sliceAxis(g, sliceAxis(g, x, 2, first, queries), 3, 0, keys);
}

const prefix = (g: GraphBuilder, x: Value, { keys }: Block) => sliceAxis(g, x, 0, 0, keys);
const rowsOf = (g: GraphBuilder, x: Value, { first, queries }: Block) => sliceAxis(g, x, 0, first, queries);

/** Operands stay [T, B, H, D]: the products read them as [B, H, T, D]. */
function attention({ g, input, optional, attrs }: KernelCall): readonly Value[] {
  const [q, k, v] = [input("q"), input("k"), input("v")];
  const mask = optional("dropoutMask");
  const segmentIds = optional("segmentIds");
  const alpha = attrs.get<number>("scale");
  const parts = blocksOf(q.shape[0]!).map((block) => {
    const both = { transBatchA: true, transBatchB: true };
    const scores = fusedMatMul(g, rowsOf(g, q, block), prefix(g, k, block), { transB: true, alpha, ...both });
    const bias = segmentIds ? segmentBias(g, segmentIds, block) : causalBias(g, block);
    const probabilities = softmax(g, "Softmax", binary(g, "Add", scores, bias), -1);
    const kept = mask ? binary(g, "Mul", probabilities, blockOf(g, mask, block)) : probabilities;
    const y = timeFirst(g, fusedMatMul(g, kept, prefix(g, v, block), { transBatchB: true }));
    return { y, probabilities };
  });
  const y = concat(
    g,
    parts.map((part) => part.y),
    0,
  );
  return [
    y,
    whole(
      g,
      parts.map((part) => part.probabilities),
    ),
  ];
}

/** Gradients of keys or values, [B, H, keys, D] a block: each block reaches from the first key to its own last. */
function sumOfPrefixes(g: GraphBuilder, prefixes: readonly Value[]): Value {
  return prefixes.reduce((sum, next) => {
    const covered = sum.shape[0]!;
    const rest = next.shape[0]! - covered;
    const shared = binary(g, "Add", sum, sliceAxis(g, next, 0, 0, covered));
    return concat(g, [shared, sliceAxis(g, next, 0, covered, rest)], 0);
  });
}

/** The softmax gradient's row sums are those of dy·y, which are D wide and not T. */
function attentionGrad({ g, input, optional, attrs }: KernelCall): readonly Value[] {
  const [dy, q, k, v, y] = ["dy", "q", "k", "v", "y"].map(input) as [Value, Value, Value, Value, Value];
  const probabilities = input("saved");
  const mask = optional("dropoutMask");
  const alpha = attrs.get<number>("scale");
  const rowSums = transpose(g, reduce(g, "ReduceSum", binary(g, "Mul", dy, y), [3], true), [1, 2, 0, 3]);
  const blocks = blocksOf(q.shape[0]!);
  const saved = blocksOfWhole.get(probabilities);
  const parts = blocks.map((block, index) => {
    const p = saved?.[index] ?? blockOf(g, probabilities, block);
    const dropped = mask && blockOf(g, mask, block);
    const kept = dropped ? binary(g, "Mul", p, dropped) : p;
    const dyRows = rowsOf(g, dy, block);
    const both = { transBatchA: true, transBatchB: true };
    const dKept = fusedMatMul(g, dyRows, prefix(g, v, block), { transB: true, ...both });
    const dP = dropped ? binary(g, "Mul", dKept, dropped) : dKept;
    const sums = sliceAxis(g, rowSums, 2, block.first, block.queries);
    const dScores = binary(g, "Mul", binary(g, "Sub", dP, sums), p);
    return {
      dq: timeFirst(g, fusedMatMul(g, dScores, prefix(g, k, block), { alpha, transBatchB: true })),
      dk: timeFirst(g, fusedMatMul(g, dScores, rowsOf(g, q, block), { alpha, transA: true, transBatchB: true })),
      dv: timeFirst(g, fusedMatMul(g, kept, dyRows, { transA: true, transBatchB: true })),
    };
  });
  const all = (name: "dq" | "dk" | "dv") => parts.map((part) => part[name]);
  return [concat(g, all("dq"), 0), sumOfPrefixes(g, all("dk")), sumOfPrefixes(g, all("dv"))];
}

export const causalAttentionKernels: KernelFamily = {
  CodexCausalAttention: (call) => nativeAttention(call) ?? attention(call),
  CodexCausalAttentionGrad: (call) => nativeAttentionGrad(call) ?? attentionGrad(call),
};
