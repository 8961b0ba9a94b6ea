import { RE2JS } from "re2js";
import { matchBounds } from "./match-length.js";
import type { RuleForm } from "./rule-form.js";

/** A stretch of a text: UTF-16 indices, end exclusive. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Finds what a rule looks for. */
export interface RuleMatcher {
  /** Longest match in UTF-16 units. */
  readonly maxLength: number;
  find(text: string): Stretch[];
}

/** An expression that is more work than this for each character of text is refused. */
const maxProgramSize = 20_000;
/** A stream holds back as much text as the longest match has. */
const maxMatchLength = 100_000;

/**
 * What a rule looks for, ready to be found in time proportional to the text, whatever the text. Literals are native
 * expressions, which cannot backtrack; expressions run on RE2's automata.
 *
 * @throws Error with a message for the rule's author when the rule cannot be used.
 */
export function createMatcher(rule: RuleForm): RuleMatcher {
  return rule.regex === undefined ? literalMatcher(rule) : regexMatcher(rule.regex, rule.caseSensitive);
}

function literalMatcher({ literal, caseSensitive, wholeWord }: RuleForm): RuleMatcher {
  const literals = [literal!].flat();
  const word = "[\\p{L}\\p{M}\\p{N}_]";
  const expressions = literals.map((text) => {
    const escaped = text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
    const source = wholeWord ? `(?<!${word})${escaped}(?!${word})` : escaped;
    return new RegExp(source, caseSensitive ? "gu" : "giu");
  });
  return {
    maxLength: Math.max(...literals.map((text) => text.length)),
    find: (text) =>
      expressions.flatMap((expression) =>
        Array.from(text.matchAll(expression), ({ index, 0: match }) => ({ start: index, end: index + match.length })),
      ),
  };
}

function regexMatcher(pattern: string, caseSensitive: boolean): RuleMatcher {
  const flags = RE2JS.LONGEST_MATCH | (caseSensitive ? 0 : RE2JS.CASE_INSENSITIVE);
  const compiled = RE2JS.compile(pattern, flags);
  const { maxLength, required } = matchBounds(pattern);
  if (maxLength === Number.POSITIVE_INFINITY) {
    throw new Error("the expression has no longest match; write {0,64} instead of *, {1,64} instead of +");
  }
  if (maxLength > maxMatchLength) throw new Error(`matches may be ${maxLength} long; ${maxMatchLength} are the most`);
  if (compiled.programSize() > maxProgramSize) throw new Error("the expression is too large");
  if (maxLength === 0 || compiled.test(""))
    throw new Error("the expression matches the empty text, so it would match everywhere");
  const find = (text: string) => stretchesOf(compiled, text);
  return { maxLength, find: caseSensitive && required !== "" ? aroundEach(required, maxLength, find) : find };
}

function stretchesOf(compiled: RE2JS, text: string): Stretch[] {
  const stretches: Stretch[] = [];
  const matcher = compiled.matcher(text);
  while (matcher.find()) {
    if (matcher.end() > matcher.start()) stretches.push({ start: matcher.start(), end: matcher.end() });
  }
  return stretches;
}

/** Looks only where a text that every match contains is near, which most texts lack. */
function aroundEach(required: string, maxLength: number, find: (text: string) => Stretch[]) {
  return (text: string): Stretch[] => (text.includes(required) ? findNear(text, required, maxLength, find) : []);
}

function findNear(text: string, required: string, maxLength: number, find: (text: string) => Stretch[]): Stretch[] {
  const stretches: Stretch[] = [];
  /** A boundary looks at one character, of two units at the most, on either side. */
  const margin = maxLength + 2;
  let at = text.indexOf(required);
  while (at >= 0) {
    const from = Math.max(0, at - margin);
    let to = at;
    for (let next = at; next >= 0 && next <= to + margin; next = text.indexOf(required, next + 1)) to = next;
    const end = Math.min(text.length, to + margin);
    for (const stretch of find(text.slice(from, end))) {
      stretches.push({ start: from + stretch.start, end: from + stretch.end });
    }
    at = text.indexOf(required, to + 1);
  }
  return stretches;
}
