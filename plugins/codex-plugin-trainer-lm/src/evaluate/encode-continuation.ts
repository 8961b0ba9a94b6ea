import type { Continuation, Tokenizer } from "codex-core";
import { trainerErrors } from "../errors.js";

/** A row to be scored: inputs, the targets that they lead to, and how many of the last ones are the text's. */
export interface ContinuationRow {
  readonly tokenIds: readonly number[];
  readonly targetIds: readonly number[];
  readonly scored: number;
  /** Whether tokens of the context fell off. */
  readonly isCut: boolean;
}

/**
 * A text and its context as tokens of one row. Both are encoded together, and what the context alone does not take is
 * the text; blanks at the context's end go to the text, as tokenizers have them. A context without tokens is the
 * tokenizer's token that texts begin with. What does not fit falls off at the beginning, which `isCut`
 * tells.
 *
 * @throws CODEX_EVALUATE_CONTINUATION when the text has no tokens, more than fit, or nothing to follow
 */
export function encodeContinuation(
  { context, text, place }: Continuation,
  tokenizer: Tokenizer,
  contextLength: number,
): ContinuationRow {
  const problem = (what: string) => trainerErrors.CODEX_EVALUATE_CONTINUATION({ what, where: place });
  const before = tokenizer.encode(context.trimEnd());
  const whole = [...tokenizer.encode(context + text)];
  const scored = whole.length - before.length;
  if (scored <= 0) throw problem(`The text ${shown(text)} has no tokens.`);
  if (before.length === 0) {
    const first = tokenizer.special.bos ?? tokenizer.special.eos;
    if (first === undefined) throw problem(`Nothing stands before ${shown(text)}, and texts begin with no token.`);
    whole.unshift(first);
  }
  if (scored > contextLength) {
    throw problem(`The text ${shown(text)} has ${scored} tokens, and the model's context holds ${contextLength}.`);
  }
  const row = whole.slice(-(contextLength + 1));
  const isCut = row.length < whole.length;
  return { tokenIds: row.slice(0, -1), targetIds: row.slice(1), scored, isCut };
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
