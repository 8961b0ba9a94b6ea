/** The largest whole number from 1 to `most` that fits, of which all smaller ones fit too; found by halving. */
export function largestFit(most: number, fits: (value: number) => boolean): number | undefined {
  let [below, above] = [0, Math.min(most, Number.MAX_SAFE_INTEGER - 1) + 1];
  while (above - below > 1) {
    const middle = below + Math.floor((above - below) / 2);
    if (fits(middle)) below = middle;
    else above = middle;
  }
  return below === 0 ? undefined : below;
}

/** The largest divisor of a number that is not above `most`, in at most `most` steps, and at most twice its root. */
export function largestDivisor(number: number, most: number): number {
  const root = Math.floor(Math.sqrt(number));
  for (let cofactor = Math.ceil(number / most); cofactor <= root; cofactor++) {
    if (number % cofactor === 0) return number / cofactor;
  }
  for (let divisor = Math.min(most, root); divisor > 1; divisor--) if (number % divisor === 0) return divisor;
  return 1;
}
