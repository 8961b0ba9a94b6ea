import type { EncodingName } from "./options.js";

/**
 * The encodings' pre-token rules as JavaScript expressions. They differ in form only from those of the tiktoken
 * package: \s is spelled White_Space, which is what it means there (U+0085 is in, U+FEFF is not), and the
 * case-insensitive contractions are written out, the long s included.
 */
const contractions = "'(?:[sS\u017fdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])";
const space = "\\p{White_Space}";
const symbols = ` ?[^${space}\\p{L}\\p{N}]+`;
const lineEnds = `${space}*[\\r\\n]+`;
const spaces = `${space}+(?!\\P{White_Space})|${space}+`;
const upper = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
const lower = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
const before = "[^\\r\\n\\p{L}\\p{N}]?";

const rules: { readonly [name in EncodingName]: string } = {
  gpt2: `'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+|${symbols}|${spaces}`,
  cl100k_base: `${contractions}|${before}\\p{L}+|\\p{N}{1,3}|${symbols}[\\r\\n]*|${lineEnds}|${spaces}`,
  o200k_base:
    `${before}${upper}*${lower}+(?:${contractions})?|${before}${upper}+${lower}*(?:${contractions})?|` +
    `\\p{N}{1,3}|${symbols}[\\r\\n/]*|${lineEnds}|${spaces}`,
};

const expressions = {
  gpt2: new RegExp(rules.gpt2, "gu"),
  cl100k_base: new RegExp(rules.cl100k_base, "gu"),
  o200k_base: new RegExp(rules.o200k_base, "gu"),
};

/** The pre-tokens of a text, in order; together they are the text. */
export function preTokens(name: EncodingName, text: string): readonly string[] {
  return text.match(expressions[name]) ?? [];
}
