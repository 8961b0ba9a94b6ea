import type { Array64, Arrays64 } from "./reference/array64.js";

/** Elements of a tensor whose derivative is looked at: all of a small one, evenly spread ones of a large one. */
export function probedElements(size: number, limit = 48): readonly number[] {
  if (size <= limit) return Array.from({ length: size }, (_, index) => index);
  return Array.from({ length: limit }, (_, index) => Math.floor((index * size) / limit));
}

/**
 * Derivatives of Σ weights·f(inputs) by some elements of one input: central differences of a float64 function. With
 * the default step their own error is about 1e-9 of the function's scale.
 */
export function finiteDifferences(
  reference: (inputs: Arrays64) => Array64,
  inputs: Arrays64,
  name: string,
  weights: ArrayLike<number>,
  elements: readonly number[],
  step = 1e-5,
): readonly number[] {
  const values = inputs[name]!.data;
  const weighted = () => reference(inputs).data.reduce((sum, value, index) => sum + value * weights[index]!, 0);
  return elements.map((element) => {
    const center = values[element]!;
    values[element] = center + step;
    const above = weighted();
    values[element] = center - step;
    const below = weighted();
    values[element] = center;
    return (above - below) / (2 * step);
  });
}
