import {
  add,
  cast,
  concat,
  cos,
  mul,
  reshape,
  sin,
  split,
  stack,
  sub,
  type Tensor,
  type Tensor4D,
  tensor1d,
  unstack,
} from "@tensorflow/tfjs-core";
import { nnErrors } from "../errors/nn-errors.js";
import { checkInt32, checkShape } from "./check-shapes.js";
import { defineOperator, type Operator } from "./operator.js";

interface Inputs {
  readonly x: Tensor;
  readonly positions: Tensor;
}

interface Attrs {
  readonly base: number;
  readonly interleaved: boolean;
  /** Turns the other way. */
  readonly back: boolean;
}

/** Radians a position for each pair of a head of `width` elements: base^(−2i / width), in float32. */
export function rotaryFrequencies(width: number, base: number): Float32Array {
  return Float32Array.from({ length: width / 2 }, (_, pair) => base ** ((-2 * pair) / width));
}

/** First and second elements of the pairs. */
function pairsOf(x: Tensor, interleaved: boolean): readonly [Tensor, Tensor] {
  if (!interleaved) return split(x, 2, -1) as [Tensor, Tensor];
  const [length, batch, heads, width] = x.shape as [number, number, number, number];
  return unstack(reshape(x, [length, batch, heads, width / 2, 2]), -1) as [Tensor, Tensor];
}

/**
 * `CodexRotary`: x [T, B, H, D], positions int32 [T] or [T, B] → x, its pairs turned by their position. Angles are
 * products of float32 numbers, as in Llama.
 */
export const rotaryOperator: Operator<Inputs, Attrs> = defineOperator<Inputs, Attrs>({
  kernelName: "CodexRotary",
  compose({ x, positions }, { base, interleaved, back }) {
    const width = x.shape[3]!;
    const places = reshape(cast(positions, "float32"), [x.shape[0]!, positions.shape[1] ?? 1, 1, 1]);
    const angles = mul(places, tensor1d(rotaryFrequencies(width, base)));
    const [cosines, sines] = [cos(angles), sin(angles)];
    const [first, second] = pairsOf(x, interleaved);
    const [a, b] = [mul(first, sines), mul(second, sines)];
    const turned = back
      ? [add(mul(first, cosines), b), sub(mul(second, cosines), a)]
      : [sub(mul(first, cosines), b), add(mul(second, cosines), a)];
    return [interleaved ? reshape(stack(turned, -1), x.shape) : concat(turned, -1)];
  },
  gradient: {
    inputsToSave: ["positions"],
    gradFunc(dy, saved, attrs) {
      const { back, ...rest } = attrs as unknown as Attrs;
      return { x: () => rotaryOperator.run({ x: dy as Tensor, positions: saved[0]! }, { ...rest, back: !back })[0]! };
    },
  },
});

/** How pairs are turned. */
export interface RotaryOptions {
  /** What frequencies are powers of. Default: 10000. */
  readonly base?: number;
  /** Pairs are neighbours (2i, 2i + 1); else (i, i + D/2), as Llama's weights have them. Default: false. */
  readonly interleaved?: boolean;
}

/**
 * Rotary position embedding of queries or keys: pair i of each head is turned by position · base^(−2i/D) radians.
 *
 * x [T, B, H, D] f32 with D even, positions int32 [T], or [T, B] where each sequence has its own → [T, B, H, D].
 *
 * @throws CODEX_NN_SHAPE when the shapes do not fit.
 * @source https://arxiv.org/abs/2104.09864, equation 34
 */
export function rotaryEmbedding(x: Tensor, positions: Tensor, options: RotaryOptions = {}): Tensor4D {
  const { base = 10_000, interleaved = false } = options;
  checkShape("rotaryEmbedding", "x", x, [undefined, undefined, undefined, undefined]);
  checkInt32("rotaryEmbedding", "positions", positions);
  checkShape("rotaryEmbedding", "positions", positions, x.shape.slice(0, positions.rank === 2 ? 2 : 1));
  if (x.shape[3]! % 2 !== 0) {
    throw nnErrors.CODEX_NN_SHAPE({
      what: `rotaryEmbedding got heads of ${x.shape[3]} elements; it needs an even number.`,
      where: "rotaryEmbedding, x",
    });
  }
  return rotaryOperator.run({ x, positions }, { base, interleaved, back: false })[0] as Tensor4D;
}
