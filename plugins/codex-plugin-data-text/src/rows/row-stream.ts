import type { TokenArray } from "../prepared/token-array.js";
import { createPermutation, seedWords } from "./permutation.js";

/**
 * One row of a batch: stretches of tokens that do not see each other. Each token of a stretch but the last is an input,
 * the one behind it its target.
 */
export type Row = readonly TokenArray[];

/** The rows of a split, in epochs of one length. */
export interface RowStream {
  readonly rowsPerEpoch: number;
  read(epoch: number, index: number): Promise<Row>;
}

/** An order of things for each epoch, from a seed; the order that they have without one. */
export function epochOrders(size: number, seed: number | undefined, ...salt: number[]) {
  let current: { readonly epoch: number; readonly place: (index: number) => number } | undefined;
  return (epoch: number, index: number): number => {
    if (seed === undefined) return index;
    if (current?.epoch !== epoch) {
      current = { epoch, place: createPermutation(size, ...salt, ...seedWords(seed), epoch) };
    }
    return current.place(index);
  };
}

/** Rows that are the same in every epoch, in an order of the epoch's own when there is a seed. */
export function fixedRows(count: number, read: (index: number) => Promise<Row>, seed?: number): RowStream {
  const orderOf = epochOrders(count, seed);
  return { rowsPerEpoch: count, read: (epoch, index) => read(orderOf(epoch, index)) };
}
