import { causalAttention } from "../../operators/causal-attention.js";
import { dropoutMaskValues } from "../../random/dropout-mask-values.js";
import { floats, ints, randomFloats } from "../host-tensors.js";
import { causalAttentionReference } from "../reference/causal-attention-reference.js";
import type { OperatorCase } from "./operator-case.js";

interface Settings {
  readonly deviation?: number;
  readonly dropout?: boolean;
  readonly scale?: number;
  /** Segments of each sequence, as [B, T]. */
  readonly segments?: readonly (readonly number[])[];
}

function attentionCase(shape: readonly [number, number, number, number], settings: Settings = {}): OperatorCase {
  const [length, batch, heads, width] = shape;
  const { deviation = 1, dropout = false, scale, segments } = settings;
  const maskShape = [batch, heads, length, length];
  const mask = floats(maskShape, dropoutMaskValues([1, 2, 3, 4], maskShape, 0.3, 5));
  const segmentIds = segments && ints([batch, length], segments.flat());
  const notes = [
    segments ? "segments" : "",
    dropout ? "dropout" : "",
    scale ? `scale ${scale}` : "",
    deviation > 1 ? "large scores" : "",
  ];
  return {
    title: `causalAttention [${shape}] ${notes.filter(Boolean).join(", ")}`.trim(),
    inputs: {
      q: randomFloats(shape, 1, deviation),
      k: randomFloats(shape, 2, deviation),
      v: randomFloats(shape, 3),
    },
    constants: { ...(dropout && { mask }), ...(segmentIds && { segmentIds }) },
    apply: ({ q, k, v, mask: dropoutMask, segmentIds: ids }) =>
      causalAttention(q!, k!, v!, { scale, dropoutMask, segmentIds: ids }),
    reference: ({ q, k, v, mask: dropoutMask, segmentIds: ids }) =>
      causalAttentionReference(q!, k!, v!, { scale: scale ?? 1 / Math.sqrt(width), dropoutMask, segmentIds: ids }),
    // A one-hot softmax has the gradient zero, as a difference of equal terms: what is left is their rounding.
    tolerance:
      deviation > 1
        ? {
            value: { relative: 1e-4, ofLargest: 1e-4 },
            gradient: { relative: 2e-4, ofLargest: 2e-4, absolute: 1e-6 * deviation },
          }
        : {},
  };
}

/** A sequence of `length` tokens in segments of the given sizes; the rest is padding, segment -1. */
function segmentsOf(length: number, sizes: readonly number[]): number[] {
  const ids = sizes.flatMap((size, segment) => Array<number>(size).fill(segment));
  return [...ids, ...Array<number>(length - ids.length).fill(-1)];
}

/**
 * `causalAttention`: segments and padding, odd sizes, dropout, a scale of its own, scores so large that softmax is
 * nearly one-hot.
 */
export const causalAttentionCases: readonly OperatorCase[] = [
  attentionCase([1, 1, 1, 1]),
  attentionCase([2, 1, 3, 1]),
  attentionCase([3, 2, 1, 5]),
  attentionCase([5, 3, 2, 7]),
  attentionCase([5, 3, 2, 7], { dropout: true }),
  attentionCase([7, 2, 3, 3], { dropout: true, scale: 0.7 }),
  attentionCase([17, 1, 2, 3]),
  attentionCase([33, 1, 1, 2]),
  attentionCase([7, 1, 2, 5], { deviation: 20 }),
  attentionCase([7, 2, 2, 3], { segments: [segmentsOf(7, [3, 2]), segmentsOf(7, [1, 6])] }),
  attentionCase([7, 2, 1, 3], { segments: [segmentsOf(7, []), segmentsOf(7, [4, 1, 1])], dropout: true }),
  attentionCase([130, 1, 1, 2], { segments: [segmentsOf(130, [50, 40, 30])] }),
];
