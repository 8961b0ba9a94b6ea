import type { KernelInstaller } from "../operations/kernel-installer.js";
import type { Operations } from "../operations/operations.js";
import type { Value } from "../operations/value.js";

interface Inputs {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
  readonly dropoutMask?: Value;
  readonly segmentIds?: Value;
}

interface GradInputs extends Inputs {
  readonly dy: Value;
  readonly y: Value;
  readonly saved: Value;
}

interface Attrs {
  readonly scale: number;
}

/** Below every score: what is cut down to it gets a probability of exactly zero. */
const masked = -3e38;
const unmasked = 3.4e38;

/** [T, B, H, D] → [B, H, T, D] */
const headsFirst = (operations: Operations, x: Value) => operations.transpose(x, [1, 2, 0, 3]);

/** [B, H, T, D] → [T, B, H, D] */
const timeFirst = (operations: Operations, x: Value) => operations.transpose(operations.last(x), [2, 0, 1, 3]);

/** f32 [1, 1, T, T] on the host: the most that a score may be. */
function causalLimits(length: number): Float32Array {
  const limits = new Float32Array(length * length).fill(masked);
  for (let query = 0; query < length; query += 1) limits.fill(unmasked, query * length, query * length + query + 1);
  return limits;
}

/** The limits [B, 1, T, T] where segments are looked at too, of segmentIds [B, T]. */
function segmentLimits(operations: Operations, causal: Value, segmentIds: Value): Value {
  const [batch, length] = segmentIds.shape as [number, number];
  const queries = operations.reshape(segmentIds, [batch, 1, length, 1]);
  const keys = operations.reshape(segmentIds, [batch, 1, 1, length]);
  return operations.one("SelectV2", [operations.one("Equal", [queries, keys]), causal, operations.scalar(masked)]);
}

/** Causal attention with TensorFlow's own softmax. Scales are multiplied into what has no axis of length T twice. */
export function installCausalAttention(installer: KernelInstaller): void {
  let causal: Value | undefined;

  function limitsOf(operations: Operations, length: number, segmentIds: Value | undefined): Value {
    if (causal?.shape[2] !== length) {
      if (causal) operations.constants.free(causal);
      causal = operations.constants.floats([1, 1, length, length], causalLimits(length));
    }
    return segmentIds ? segmentLimits(operations, causal, segmentIds) : causal;
  }

  installer.install<Inputs, Attrs>("CodexCausalAttention", (operations, inputs, { scale }) => {
    const { q, k, v, dropoutMask, segmentIds } = inputs;
    const { last } = operations;
    const queries = headsFirst(operations, last(operations.mul(q, operations.scalar(scale))));
    const scores = operations.product(last(queries), last(headsFirst(operations, k)), { b: true });
    const kept = operations.one("Minimum", [last(scores), limitsOf(operations, q.shape[0]!, segmentIds)]);
    const probabilities = operations.one("Softmax", [last(kept)]);
    const dropped = dropoutMask ? last(operations.mul(probabilities, dropoutMask)) : probabilities;
    const y = operations.product(dropped, last(headsFirst(operations, v)));
    return [timeFirst(operations, y), probabilities];
  });

  installer.install<GradInputs, Attrs>("CodexCausalAttentionGrad", (operations, inputs, { scale }) => {
    const { dy, q, k, v, y, saved: probabilities, dropoutMask } = inputs;
    const { last } = operations;
    const factor = operations.scalar(scale);
    const gradient = headsFirst(operations, dy);
    const dropped = dropoutMask ? operations.mul(probabilities, dropoutMask) : probabilities;
    const dv = operations.product(last(dropped), gradient, { a: true });
    const dDropped = operations.product(last(gradient), last(headsFirst(operations, v)), { b: true });
    const dProbabilities = dropoutMask ? operations.mul(last(dDropped), dropoutMask) : dDropped;
    const rowSums = headsFirst(operations, last(operations.rowSums(last(operations.mul(dy, y)))));
    const centered = operations.sub(last(dProbabilities), last(rowSums));
    const dScores = operations.mul(last(centered), probabilities);
    const keys = headsFirst(operations, last(operations.mul(k, factor)));
    const dq = operations.product(dScores, last(keys));
    const queries = headsFirst(operations, last(operations.mul(q, factor)));
    const dk = operations.product(last(dScores), last(queries), { a: true });
    return [timeFirst(operations, dq), timeFirst(operations, dk), timeFirst(operations, dv)];
  });
}
