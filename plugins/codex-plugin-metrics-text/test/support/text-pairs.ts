import type { ScoredText } from "codex-core";
import { SeededRandom } from "../../../../test/support/seeded-random.js";

function seededNumbers(seed: number): () => number {
  const random = new SeededRandom(seed);
  return () => random.below(2 ** 30) / 2 ** 30;
}

const stems =
  "hop file relat condition vietnam oper radic triplic form electr hope good reviv allow infer airlin gyroscop adjust defens irrit replac depend adopt commun activ angular homolog effect bowdler prob rate ceas control roll sky die tie yyy syzygy enjoy spy geo theo callous b a io 3x".split(
    " ",
  );
const endings =
  "s es ies sses ss ed ing eed ied ying at ate ational tional enci anci izer ization bli ably alli ally entli eli ousli ation ator alism iveness fulness ousness aliti iviti biliti fulli logi icate ative alize iciti ical ful ness al ance ence er ic able ible ant ement ment ent ion sion tion ou ism iti ous ive ize e y ll lle".split(
    " ",
  );

/** Words of English make, of all endings that a stemmer knows. */
export function stemmableWords(seed: number, count: number): string[] {
  const next = seededNumbers(seed);
  const pick = (list: readonly string[]) => list[Math.floor(next() * list.length)]!;
  return Array.from({ length: count }, () => {
    const word = pick(stems) + pick(endings) + (next() < 0.3 ? pick(endings) : "");
    return next() < 0.1 ? word + pick(["y", "s", "ing", "ed"]) : word;
  });
}

const oddities = [
  "don't",
  "3.5",
  "1,000",
  "10-year-old",
  "U.S.A.",
  "e-mail",
  "-\n",
  "&quot;so&quot;",
  "&amp;lt;",
  "<skipped>",
  "(hi)",
  "...",
  "!",
  "$5",
  "%",
  "海は深い。",
  "鲸鱼",
  "，",
  "그리고",
  "naïve",
  "Äpfel",
  "İstanbul",
  "ΣΊΣΥΦΟΣ",
  "straße",
  "👩‍👩‍👧",
  "🐳",
  "e\u0301t\u00e9",
  "\u200b",
  "\ufeff",
  "ﬁn",
  "½",
  "٣",
  "a_b",
  "http://x.y/z?q=1&r=2",
];
const gaps = [" ", " ", " ", " ", " ", " ", "  ", "\n", "\t", "\u00a0", "\u3000", "\u2028", "\u0085", "\u001c", ""];

/**
 * Pairs of texts as nobody writes them: of many scripts, with odd blanks and punctuation, empty ones, near ones and far
 * ones, with one to three references. The same seed gives the same pairs.
 */
export function textPairs(seed: number, count: number): ScoredText[] {
  const next = seededNumbers(seed);
  const words = [...stemmableWords(seed + 1, 150), ..."the a an The of whale sea".split(" ")];
  const word = () => {
    const list = next() < 0.25 ? oddities : words;
    const picked = list[Math.floor(next() * list.length)]!;
    return next() < 0.1 ? picked.toUpperCase() : picked;
  };
  const written = (parts: readonly string[]) =>
    parts.map((part) => part + gaps[Math.floor(next() * gaps.length)]).join("");
  const parts = () => Array.from({ length: Math.floor(next() ** 2 * 40) }, word);
  const near = (of: readonly string[]) => {
    const keep = next();
    return of.flatMap((part) => (next() < keep ? [part] : next() < 0.3 ? [] : [word()]));
  };
  return Array.from({ length: count }, () => {
    const text = next() < 0.04 ? [] : parts();
    const references = Array.from({ length: 1 + Math.floor(next() ** 3 * 3) }, () => {
      const chance = next();
      if (chance < 0.05) return "";
      return written(chance < 0.75 ? near(text) : parts());
    });
    return { text: next() < 0.02 ? " \n" : written(text), references };
  });
}
