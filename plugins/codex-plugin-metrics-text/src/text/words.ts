/** What Python counts as white space; JavaScript's `\s` has U+FEFF more, and U+001C to U+001F and U+0085 less. */
const blanks = "\\t-\\r\\u001c-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const gaps = new RegExp(`[${blanks}]+`, "u");
const endGap = new RegExp(`[${blanks}]+$`, "u");

/** Words between white space, as Python's `str.split()` has them. */
export function splitWords(text: string): string[] {
  return text.split(gaps).filter((word) => word !== "");
}

/** The text without white space at its end. */
export function withoutEndGap(text: string): string {
  return text.replace(endGap, "");
}

/** The runs of n neighbours, as texts; `separator` is in none of the parts. */
export function nGrams(parts: readonly string[], n: number, separator: string): string[] {
  const grams: string[] = [];
  for (let start = 0; start + n <= parts.length; start += 1) grams.push(parts.slice(start, start + n).join(separator));
  return grams;
}

/** How often each comes. */
export function countAll(parts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const part of parts) counts.set(part, (counts.get(part) ?? 0) + 1);
  return counts;
}

/** How many two counts have in common. */
export function overlap(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): number {
  let common = 0;
  for (const [part, count] of left) common += Math.min(count, right.get(part) ?? 0);
  return common;
}

/** 2pr / (p + r), 0 where both are. */
export function harmonicMean(precision: number, recall: number): number {
  return precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
}
