import type { TokenArray } from "../prepared/token-array.js";
import { mixWords, seedWords } from "./permutation.js";
import { epochOrders, type RowStream } from "./row-stream.js";

/** Token ids that can be read from any place. */
export interface Tokens {
  readonly tokenCount: number;
  read(start: number, count: number): Promise<TokenArray>;
}

const phaseSalt = 0x70686173;

/**
 * The training split as windows of contextLength + 1 tokens that overlap by one, across documents. With a seed, the
 * windows of an epoch come in an order of the epoch's own, and start at a place of its own, so that a token is not always
 * seen behind the same ones; each epoch leaves out fewer than 2 × contextLength tokens at the split's ends for that.
 * Without a seed they come in order, from the first token on.
 */
export function trainWindows(tokens: Tokens, contextLength: number, seed?: number): RowStream {
  const { tokenCount } = tokens;
  const shuffled = Math.max(1, Math.floor((tokenCount - contextLength) / contextLength));
  const windows = seed === undefined ? Math.floor((tokenCount - 1) / contextLength) : shuffled;
  const phases = Math.min(contextLength, tokenCount - windows * contextLength);
  const orderOf = epochOrders(windows, seed);
  const phaseOf = (epoch: number) => (seed === undefined ? 0 : mixWords(phaseSalt, ...seedWords(seed), epoch) % phases);
  return {
    rowsPerEpoch: windows,
    read: async (epoch, index) => {
      const start = phaseOf(epoch) + orderOf(epoch, index) * contextLength;
      return [await tokens.read(start, contextLength + 1)];
    },
  };
}

/** The held-out split in order: every token but the first is the target of exactly one place. */
export function validationWindows(tokens: Tokens, contextLength: number): RowStream {
  const { tokenCount } = tokens;
  return {
    rowsPerEpoch: Math.ceil((tokenCount - 1) / contextLength),
    read: async (_, index) => {
      const start = index * contextLength;
      return [await tokens.read(start, Math.min(contextLength + 1, tokenCount - start))];
    },
  };
}
