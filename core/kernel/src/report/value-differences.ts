import type { Json, Named } from "../contracts/json.js";

/** A value that two runs have apart; a side is absent where that run has no such key. */
export interface ValueDifference {
  readonly key: string;
  readonly first?: Json;
  readonly second?: Json;
}

/** The values that two sides have apart, by key. */
export function valueDifferences(left: Named<Json>, right: Named<Json>): readonly ValueDifference[] {
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return keys.flatMap((key) => {
    const first = Object.hasOwn(left, key) ? left[key] : undefined;
    const second = Object.hasOwn(right, key) ? right[key] : undefined;
    if (JSON.stringify(first) === JSON.stringify(second)) return [];
    return [{ key, ...(first === undefined ? {} : { first }), ...(second === undefined ? {} : { second }) }];
  });
}
