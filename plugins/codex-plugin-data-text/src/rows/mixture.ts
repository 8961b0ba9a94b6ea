import { epochOrders, type RowStream } from "./row-stream.js";

const mixtureSalt = 0x6d697874;

/** A stream, and how many of its rows an epoch of the mixture has. */
export interface Ingredient {
  readonly stream: RowStream;
  readonly rows: number;
}

/**
 * Rows of several streams, so many of each in every epoch, in an order of the epoch's own when there is a seed, else one
 * stream after the other. A stream that has fewer rows begins its next epoch meanwhile, one that has more goes on in the
 * next epoch of the mixture: each row of a stream comes as often as any other of it, give or take one. Needs no memory.
 */
export function mixed(ingredients: readonly Ingredient[], seed?: number): RowStream {
  const [only] = ingredients;
  if (only && ingredients.length === 1 && only.rows === only.stream.rowsPerEpoch) return only.stream;
  const rowsPerEpoch = ingredients.reduce((sum, { rows }) => sum + rows, 0);
  const orderOf = epochOrders(rowsPerEpoch, seed, mixtureSalt);
  return {
    rowsPerEpoch,
    read: (epoch, index) => {
      let place = orderOf(epoch, index);
      for (const { stream, rows } of ingredients) {
        if (place < rows) {
          const row = epoch * rows + place;
          return stream.read(Math.floor(row / stream.rowsPerEpoch), row % stream.rowsPerEpoch);
        }
        place -= rows;
      }
      throw new RangeError(`An epoch has ${rowsPerEpoch} rows; there is no row ${index}.`);
    },
  };
}

/**
 * How many of `total` go to each weight: in proportion, rounded so that nothing is left over; but one at least to each
 * weight that is not 0, so that nothing is never read.
 *
 * @source largest remainder method (Hamilton)
 */
export function shares(total: number, weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const exact = weights.map((weight) => (total * weight) / sum);
  const counts = exact.map(Math.floor);
  const missing = total - counts.reduce((all, count) => all + count, 0);
  const byRemainder = exact.map((value, index) => ({ index, remainder: value % 1 }));
  byRemainder.sort((one, other) => other.remainder - one.remainder || one.index - other.index);
  for (const { index } of byRemainder.slice(0, missing)) counts[index] = (counts[index] ?? 0) + 1;
  return counts.map((count, index) => ((weights[index] ?? 0) > 0 ? Math.max(1, count) : count));
}
