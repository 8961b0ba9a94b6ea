import {
  equal,
  fill,
  lessEqual,
  logicalAnd,
  matMul,
  minimum,
  mul,
  range,
  registerKernel,
  reshape,
  softmax,
  type Tensor,
  tidy,
  transpose,
  where,
} from "@tensorflow/tfjs-core";

interface Inputs {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly dropoutMask?: Tensor;
  readonly segmentIds?: Tensor;
}

/** Below every score: what is cut down to it gets a probability of exactly zero. */
const masked = -3e38;
const unmasked = 3.4e38;

/** f32 [1 or B, 1, T, T]: the most that a score may be. */
function limitOf(length: number, segmentIds: Tensor | undefined): Tensor {
  const positions = range(0, length, 1, "int32");
  const causal = lessEqual(reshape(positions, [1, 1, 1, length]), reshape(positions, [1, 1, length, 1]));
  const allowed = segmentIds ? logicalAnd(causal, segmentMask(segmentIds, length)) : causal;
  return where(allowed, fill(allowed.shape, unmasked), fill(allowed.shape, masked));
}

function segmentMask(segmentIds: Tensor, length: number): Tensor {
  return equal(reshape(segmentIds, [-1, 1, length, 1]), reshape(segmentIds, [-1, 1, 1, length]));
}

/** Causal attention with TensorFlow's own softmax in the place of the five operations of the composed form. */
export function installCausalAttention(backendName: string): void {
  registerKernel({
    kernelName: "CodexCausalAttention",
    backendName,
    kernelFunc({ inputs, attrs }) {
      const { q, k, v, dropoutMask, segmentIds } = inputs as unknown as Inputs;
      const { scale } = attrs as unknown as { scale: number };
      const headsFirst = (x: Tensor) => transpose(x, [1, 2, 0, 3]);
      return tidy(() => {
        const scores = matMul(headsFirst(mul(q, scale)), headsFirst(k), false, true);
        const probabilities = softmax(minimum(scores, limitOf(q.shape[0]!, segmentIds)));
        const dropped = dropoutMask ? mul(probabilities, dropoutMask) : probabilities;
        return [transpose(matMul(dropped, headsFirst(v)), [2, 0, 1, 3]), probabilities];
      });
    },
  });
}
