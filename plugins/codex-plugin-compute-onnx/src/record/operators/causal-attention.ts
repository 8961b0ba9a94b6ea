import { binary } from "../../ir/elementwise-operators.js";
import type { GraphBuilder } from "../../ir/graph-builder.js";
import { fusedMatMul } from "../../ir/matrix-operators.js";
import { transpose } from "../../ir/movement-operators.js";
import { reduce } from "../../ir/reduction-operators.js";
import type { Value } from "../../ir/value.js";
import { softmax } from "../kernels/activation.js";
import type { KernelCall, KernelFamily } from "../recorded-kernel.js";

/** Far below every score, and finite, so that no NaN can come of it. */
const MASKED = -1e30;

/** [1, 1, T, T]: 0 where a query (row) may look at a key (column), else far below every score. */
function causalBias(g: GraphBuilder, length: number): Value {
  const bias = new Float32Array(length * length);
  for (let row = 0; row < length; row += 1) bias.fill(MASKED, row * length + row + 1, (row + 1) * length);
  return g.constant("float32", [1, 1, length, length], bias);
}

const timeFirst = (g: GraphBuilder, x: Value) => transpose(g, x, [2, 0, 1, 3]);

/** Operands stay [T, B, H, D]: the products read them as [B, H, T, D]. */
function attention({ g, input, optional, attrs }: KernelCall): readonly Value[] {
  const [q, k, v] = [input("q"), input("k"), input("v")];
  const both = { transBatchA: true, transBatchB: true };
  const scores = fusedMatMul(g, q, k, { transB: true, alpha: attrs.get<number>("scale"), ...both });
  const masked = binary(g, "Add", scores, causalBias(g, q.shape[0]!));
  const probabilities = softmax(g, "Softmax", masked, -1);
  const mask = optional("dropoutMask");
  const kept = mask ? binary(g, "Mul", probabilities, mask) : probabilities;
  return [timeFirst(g, fusedMatMul(g, kept, v, { transBatchB: true })), probabilities];
}

/** The softmax gradient's row sums are those of dy·y, which are D wide and not T. */
function attentionGrad({ g, input, optional, attrs }: KernelCall): readonly Value[] {
  const [dy, q, k, v, y] = ["dy", "q", "k", "v", "y"].map(input) as [Value, Value, Value, Value, Value];
  const probabilities = input("probabilities");
  const mask = optional("dropoutMask");
  const alpha = attrs.get<number>("scale");
  const kept = mask ? binary(g, "Mul", probabilities, mask) : probabilities;
  const dKept = fusedMatMul(g, dy, v, { transB: true, transBatchA: true, transBatchB: true });
  const dProbabilities = mask ? binary(g, "Mul", dKept, mask) : dKept;
  const rowSums = transpose(g, reduce(g, "ReduceSum", binary(g, "Mul", dy, y), [3], true), [1, 2, 0, 3]);
  const dScores = binary(g, "Mul", binary(g, "Sub", dProbabilities, rowSums), probabilities);
  return [
    timeFirst(g, fusedMatMul(g, dScores, k, { alpha, transBatchB: true })),
    timeFirst(g, fusedMatMul(g, dScores, q, { alpha, transA: true, transBatchB: true })),
    timeFirst(g, fusedMatMul(g, kept, dy, { transA: true, transBatchB: true })),
  ];
}

export const causalAttentionKernels: KernelFamily = {
  CodexCausalAttention: attention,
  CodexCausalAttentionGrad: attentionGrad,
};
