import { nnErrors } from "../errors/nn-errors.js";

/** Index of the first NaN or infinity; −1 when all values are finite. */
export function firstNonFinite(values: ArrayLike<number>): number {
  for (let index = 0; index < values.length; index += 1) {
    if (!Number.isFinite(values[index])) return index;
  }
  return -1;
}

/** @throws CODEX_NN_NOT_FINITE when a value is NaN or infinite; names it and its index. */
export function assertFinite(values: ArrayLike<number>, name: string): void {
  const index = firstNonFinite(values);
  if (index < 0) return;
  throw nnErrors.CODEX_NN_NOT_FINITE({ what: `${name} is ${values[index]} at index ${index}.`, where: name });
}
