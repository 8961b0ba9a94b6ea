import { splitWords, withoutEndGap } from "./words.js";

const entities: readonly (readonly [text: string, character: string])[] = [
  ["&quot;", '"'],
  ["&amp;", "&"],
  ["&lt;", "<"],
  ["&gt;", ">"],
];

/** ASCII symbols other than the apostrophe, comma, dash and full stop. */
const symbols = /[ -&(-+/:-@[-`{-~]/gu;

/**
 * The tokens of a line by the rules of mteval-v13a, which are sacrebleu's default: symbols stand alone, commas and full
 * stops too unless a digit is on both sides, a dash where a digit is before it.
 *
 * @source NIST mteval-v13a.pl, NormalizeText
 */
export function tokenize13a(text: string): string[] {
  let line = withoutEndGap(text).replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ");
  for (const [entity, character] of entities) line = line.replaceAll(entity, character);
  line = ` ${line} `
    .replace(symbols, " $& ")
    .replace(/([^0-9])([.,])/gu, "$1 $2 ")
    .replace(/([.,])([^0-9])/gu, " $1 $2")
    .replace(/([0-9])(-)/gu, "$1 $2 ");
  return splitWords(line);
}
