/** A word's ending, what it becomes, and what has to hold for the rest; the first ending that fits decides. */
type Rule = readonly [ending: string, becomes: string, holds?: (stem: string) => boolean];

/** Words whose stem the rules would get wrong. */
const irregular = new Map([
  ["skies", "sky"],
  ["sky", "sky"],
  ["dying", "die"],
  ["lying", "lie"],
  ["tying", "tie"],
  ["news", "news"],
  ["innings", "inning"],
  ["inning", "inning"],
  ["outings", "outing"],
  ["outing", "outing"],
  ["cannings", "canning"],
  ["canning", "canning"],
  ["howe", "howe"],
  ["proceed", "proceed"],
  ["exceed", "exceed"],
  ["succeed", "succeed"],
]);

/** Each letter as c (consonant) or v (vowel); y is a vowel after a consonant. Digits are consonants. */
function shape(word: string): string {
  let letters = "";
  for (const letter of word) {
    const isVowel = letter === "y" ? letters.endsWith("c") : "aeiou".includes(letter);
    letters += isVowel ? "v" : "c";
  }
  return letters;
}

/** How often a vowel is followed by a consonant. */
const measure = (stem: string): number => shape(stem).split("vc").length - 1;
const hasMeasure = (stem: string): boolean => measure(stem) > 0;
const isLong = (stem: string): boolean => measure(stem) > 1;

/** Ends in consonant, vowel, consonant other than w, x and y; or is a vowel and a consonant. */
function endsShort(word: string): boolean {
  const letters = shape(word);
  return letters === "vc" || (letters.endsWith("cvc") && !/[wxy]$/.test(word));
}

function apply(word: string, rules: readonly Rule[]): string {
  const rule = rules.find(([ending]) => word.endsWith(ending));
  if (!rule) return word;
  const [ending, becomes, holds] = rule;
  const stem = word.slice(0, word.length - ending.length);
  return !holds || holds(stem) ? stem + becomes : word;
}

const all = (holds: (stem: string) => boolean, pairs: readonly (readonly [string, string])[]): Rule[] =>
  pairs.map(([ending, becomes]) => [ending, becomes, holds]);

const plurals: readonly Rule[] = [
  ["sses", "ss"],
  ["ies", "i"],
  ["ss", "ss"],
  ["s", ""],
];

const doubleSuffixes: readonly Rule[] = [
  ...all(hasMeasure, [
    ["ational", "ate"],
    ["tional", "tion"],
    ["enci", "ence"],
    ["anci", "ance"],
    ["izer", "ize"],
    ["bli", "ble"],
    ["alli", "al"],
    ["entli", "ent"],
    ["eli", "e"],
    ["ousli", "ous"],
    ["ization", "ize"],
    ["ation", "ate"],
    ["ator", "ate"],
    ["alism", "al"],
    ["iveness", "ive"],
    ["fulness", "ful"],
    ["ousness", "ous"],
    ["aliti", "al"],
    ["iviti", "ive"],
    ["biliti", "ble"],
    ["fulli", "ful"],
  ]),
  // The l belongs to the stem here, so that `geologi` is treated as `archaeologi` is.
  ["logi", "log", (stem) => hasMeasure(`${stem}l`)],
];

const suffixes: readonly Rule[] = all(hasMeasure, [
  ["icate", "ic"],
  ["ative", ""],
  ["alize", "al"],
  ["iciti", "ic"],
  ["ical", "ic"],
  ["ful", ""],
  ["ness", ""],
]);

const longStems: readonly Rule[] = [
  ...all(
    isLong,
    ["al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent"].map((ending) => [ending, ""]),
  ),
  ["ion", "", (stem) => isLong(stem) && /[st]$/.test(stem)],
  ...all(
    isLong,
    ["ou", "ism", "ate", "iti", "ous", "ive", "ize"].map((ending) => [ending, ""]),
  ),
];

/** Step 1a. */
function withoutPlural(word: string): string {
  return word.length === 4 && word.endsWith("ies") ? `${word[0]}ie` : apply(word, plurals);
}

/** Step 1b. */
function withoutTense(word: string): string {
  if (word.endsWith("ied")) return word.length === 4 ? `${word[0]}ie` : `${word.slice(0, -3)}i`;
  if (word.endsWith("eed")) return hasMeasure(word.slice(0, -3)) ? word.slice(0, -1) : word;
  const stem = ["ed", "ing"]
    .filter((ending) => word.endsWith(ending))
    .map((ending) => word.slice(0, -ending.length))
    .find((each) => shape(each).includes("v"));
  if (stem === undefined) return word;
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (stem.length > 1 && stem.at(-1) === stem.at(-2) && shape(stem).endsWith("c")) {
    return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  }
  return measure(stem) === 1 && endsShort(stem) ? `${stem}e` : stem;
}

/** Step 1c. */
function withFinalI(word: string): string {
  const stem = word.slice(0, -1);
  return word.endsWith("y") && stem.length > 1 && shape(stem).endsWith("c") ? `${stem}i` : word;
}

/** Step 2. */
function withoutDoubleSuffix(word: string): string {
  if (word.endsWith("alli") && hasMeasure(word.slice(0, -4))) return withoutDoubleSuffix(word.slice(0, -2));
  return apply(word, doubleSuffixes);
}

/** Step 5. */
function tidied(word: string): string {
  const stem = word.slice(0, -1);
  const dropsE = word.endsWith("e") && (isLong(stem) || (measure(stem) === 1 && !endsShort(stem)));
  const rest = dropsE ? stem : word;
  return rest.endsWith("ll") && isLong(rest.slice(0, -1)) ? rest.slice(0, -1) : rest;
}

/**
 * The stem of an English word in lower case, by Porter's algorithm with the extensions that NLTK makes by default:
 * irregular words, four letters in -ies and -ied, -y after a consonant alone, -alli before -bli, -fulli, -logi.
 *
 * @source Porter, An algorithm for suffix stripping (Program 14.3, 1980)
 */
export function stemWord(word: string): string {
  const known = irregular.get(word);
  if (known !== undefined) return known;
  if (word.length <= 2) return word;
  const inflected = withFinalI(withoutTense(withoutPlural(word)));
  return tidied(apply(apply(withoutDoubleSuffix(inflected), suffixes), longStems));
}
