import { type Array64, zeros64 } from "./array64.js";

/**
 * Rotary position embedding in float64, of angles that are rounded as the operator rounds them: base^(−2i/D) to float32,
 * and its product with the position.
 *
 * @param positions T of them, or T · B
 */
export function rotaryEmbeddingReference(
  x: Array64,
  positions: Float64Array,
  { base, interleaved }: { readonly base: number; readonly interleaved: boolean },
): Array64 {
  const [length, batch, heads, width] = x.shape as [number, number, number, number];
  const y = zeros64(x.shape);
  for (let row = 0; row < length * batch * heads; row += 1) {
    const token = Math.floor(row / heads);
    const position = positions[positions.length === length ? Math.floor(token / batch) : token]!;
    for (let pair = 0; pair < width / 2; pair += 1) {
      const angle = Math.fround(position * Math.fround(base ** ((-2 * pair) / width)));
      const first = row * width + (interleaved ? 2 * pair : pair);
      const second = interleaved ? first + 1 : first + width / 2;
      const [a, b] = [x.data[first]!, x.data[second]!];
      y.data[first] = a * Math.cos(angle) - b * Math.sin(angle);
      y.data[second] = b * Math.cos(angle) + a * Math.sin(angle);
    }
  }
  return y;
}
