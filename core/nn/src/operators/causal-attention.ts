import {
  customGrad,
  equal,
  lessEqual,
  logicalAnd,
  matMul,
  mul,
  range,
  reshape,
  sub,
  sum,
  type Tensor,
  type Tensor4D,
  transpose,
} from "@tensorflow/tfjs-core";
import { nnErrors } from "../errors/nn-errors.js";
import { checkInt32, checkShape } from "./check-shapes.js";
import { maskedSoftmax } from "./masked-softmax.js";
import { defineOperator } from "./operator.js";

interface Inputs {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly dropoutMask?: Tensor;
}

interface ForwardInputs extends Inputs {
  readonly segmentIds?: Tensor;
}

interface GradInputs extends ForwardInputs {
  readonly dy: Tensor;
  readonly y: Tensor;
  readonly saved: Tensor;
}

interface Attrs {
  readonly scale: number;
}

/** [T, B, H, D] → [B, H, T, D] */
const headsFirst = (x: Tensor) => transpose(x, [1, 2, 0, 3]);

/** [B, H, T, D] → [T, B, H, D] */
const timeFirst = (x: Tensor) => transpose(x, [2, 0, 1, 3]);

/** bool [1, 1, T, T]: whether the query (row) may look at the key (column). */
function causalMask(length: number): Tensor {
  const positions = range(0, length, 1, "int32");
  return reshape(lessEqual(reshape(positions, [1, length]), reshape(positions, [length, 1])), [1, 1, length, length]);
}

/** bool [B, 1, T, T]: whether query and key belong to the same segment of segmentIds [B, T]. */
function segmentMask(segmentIds: Tensor): Tensor {
  const [batch, length] = segmentIds.shape as [number, number];
  return equal(reshape(segmentIds, [batch, 1, length, 1]), reshape(segmentIds, [batch, 1, 1, length]));
}

/**
 * `CodexCausalAttention`: q, k, v [T, B, H, D], dropoutMask [B, H, T, T]?, segmentIds int32 [B, T]? →
 * y [T, B, H, D] and what the same backend's gradient wants to be given back, of whatever shape. Here that is the
 * probabilities [B, H, T, T] before dropout: exactly zero where a query may not look, so the gradient needs no mask.
 */
export const causalAttentionOperator = defineOperator<ForwardInputs, Attrs>({
  kernelName: "CodexCausalAttention",
  compose({ q, k, v, dropoutMask, segmentIds }, { scale }) {
    const scores = mul(matMul(headsFirst(q), headsFirst(k), false, true), scale);
    const causal = causalMask(q.shape[0]!);
    const allowed = segmentIds ? logicalAnd(causal, segmentMask(segmentIds)) : causal;
    const probabilities = maskedSoftmax(scores, allowed);
    const dropped = dropoutMask ? mul(probabilities, dropoutMask) : probabilities;
    return [timeFirst(matMul(dropped, headsFirst(v))), probabilities];
  },
});

/** `CodexCausalAttentionGrad`: dy, q, k, v, y, saved, dropoutMask?, segmentIds? → dq, dk, dv [T, B, H, D]. */
export const causalAttentionGradOperator = defineOperator<GradInputs, Attrs>({
  kernelName: "CodexCausalAttentionGrad",
  compose({ dy, q, k, v, y, saved: probabilities, dropoutMask }, { scale }) {
    const gradient = headsFirst(dy);
    const dropped = dropoutMask ? mul(probabilities, dropoutMask) : probabilities;
    const dDropped = matMul(gradient, headsFirst(v), false, true);
    const dProbabilities = dropoutMask ? mul(dDropped, dropoutMask) : dDropped;
    const rowSum = sum(mul(gradient, headsFirst(y)), -1, true);
    const dScores = mul(mul(probabilities, sub(dProbabilities, rowSum)), scale);
    return [
      timeFirst(matMul(dScores, headsFirst(k))),
      timeFirst(matMul(dScores, headsFirst(q), true, false)),
      timeFirst(matMul(dropped, gradient, true, false)),
    ];
  },
});

/** Options of `causalAttention`. */
export interface CausalAttentionOptions {
  /** Factor of the scores. Default: 1/√D. */
  readonly scale?: number;
  /** [B, H, T, T] f32, from `dropoutMask`: multiplies the probabilities. */
  readonly dropoutMask?: Tensor;
  /** [B, T] int32: a token sees only tokens of its own segment. Left out: each sequence is one segment. */
  readonly segmentIds?: Tensor;
}

/**
 * Scaled dot-product attention in which a token sees itself and what is before it. Time-major, so that no transposes
 * are needed around it.
 *
 * q, k, v [T, B, H, D] f32 → y [T, B, H, D].
 *
 * @throws CODEX_NN_SHAPE when the shapes do not fit.
 * @source https://arxiv.org/abs/1706.03762, equation 1
 */
export function causalAttention(q: Tensor, k: Tensor, v: Tensor, options: CausalAttentionOptions = {}): Tensor4D {
  if (q.rank !== 4) {
    throw nnErrors.CODEX_NN_SHAPE({ what: `causalAttention needs q of shape [T, B, H, D], got rank ${q.rank}.` });
  }
  const [length, batch, heads, width] = q.shape as [number, number, number, number];
  checkShape("causalAttention", "k", k, q.shape);
  checkShape("causalAttention", "v", v, q.shape);
  const { dropoutMask, segmentIds, scale = 1 / Math.sqrt(width) } = options;
  if (dropoutMask) checkShape("causalAttention", "dropoutMask", dropoutMask, [batch, heads, length, length]);
  if (segmentIds) {
    checkShape("causalAttention", "segmentIds", segmentIds, [batch, length]);
    checkInt32("causalAttention", "segmentIds", segmentIds);
  }
  const attend = customGrad((...values) => {
    const [query, key, value] = values as [Tensor, Tensor, Tensor];
    const save = values[3] as unknown as (tensors: Tensor[]) => void;
    const optional = { dropoutMask, segmentIds };
    const [y, kept] = causalAttentionOperator.run({ q: query, k: key, v: value, ...optional }, { scale }) as [
      Tensor,
      Tensor,
    ];
    const given = [dropoutMask, segmentIds].filter((tensor) => tensor !== undefined);
    save([query, key, value, y, kept, ...given]);
    return {
      value: y,
      gradFunc: (dy: Tensor, tensors: Tensor[]) => {
        const [sq, sk, sv, sy, saved, ...rest] = tensors as [Tensor, Tensor, Tensor, Tensor, Tensor, ...Tensor[]];
        const mask = dropoutMask && rest[0];
        const segments = segmentIds && rest.at(-1);
        return causalAttentionGradOperator.run(
          { dy, q: sq, k: sk, v: sv, y: sy, saved, dropoutMask: mask, segmentIds: segments },
          { scale },
        );
      },
    };
  });
  return attend(q, k, v) as Tensor4D;
}
