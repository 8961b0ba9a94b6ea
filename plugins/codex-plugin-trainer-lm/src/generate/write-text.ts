import type { GeneratedToken, StopReason, Tokenizer } from "codex-core";
import { nextTurn } from "../step/next-turn.js";
import type { CachedDecoder } from "./cached-decoder.js";
import { TextInProgress, type WriteOptions } from "./text-in-progress.js";

export interface WriteTextsRequest extends WriteOptions {
  /** No more than the decoder's batch. */
  readonly prompts: readonly string[];
  /** The random stream of each text. Default: `sampling.stream` and those that follow it. */
  readonly streams?: readonly number[];
  readonly signal: AbortSignal;
}

/** A token of one of several texts, by the place of its prompt; or why the text ended. */
export type TextEvent =
  | { readonly index: number; readonly token: GeneratedToken }
  | { readonly index: number; readonly stopReason: StopReason; readonly isCut?: true };

/**
 * Writes on from prompts with the resident parameters, a token of each text at a time. Each draws
 * from a random stream of its own.
 *
 * @throws CODEX_GENERATE_PROMPT when there is nothing to start with, or no room for a token with `stop`.
 */
export async function* writeTexts(
  decoder: CachedDecoder,
  tokenizer: Tokenizer,
  request: WriteTextsRequest,
): AsyncGenerator<TextEvent, void, void> {
  const { prompts, signal, sampling, streams } = request;
  const { capacity } = decoder;
  const texts = prompts.map((prompt, index) => {
    const options = {
      ...request,
      sampling: { ...sampling, stream: streams?.[index] ?? (sampling.stream ?? 0) + index },
    };
    return new TextInProgress(prompt, tokenizer, options, capacity);
  });
  let open = [...texts.entries()];
  let logits = await decoder.begin(texts.map((text) => text.lastTokens(capacity)));
  while (open.length > 0) {
    for (const [index, text] of open) {
      if (signal.aborted) break;
      const token = text.advance(logits[index]!);
      if (token) yield { index, token };
    }
    // Whoever takes the tokens may have taken long, and may have ended it.
    if (signal.aborted) {
      for (const [index, { stopReason = "signal", isCut }] of open)
        yield { index, stopReason, ...(isCut && { isCut }) };
      return;
    }
    const full = open.filter(([index, text]) => !text.stopReason && decoder.roomOf(index) === 0);
    const sliding = new Set(full.filter(([, text]) => text.slides()).map(([index]) => index));
    for (const [index, { stopReason, isCut }] of open)
      if (stopReason) yield { index, stopReason, ...(isCut && { isCut }) };
    open = open.filter(([, text]) => !text.stopReason);
    if (open.length === 0) return;
    if (sliding.size === 0) {
      logits = await decoder.next(
        texts.map((text) => text.lastToken),
        texts[0],
      );
    } else {
      const kept = (index: number) =>
        sliding.has(index) ? Math.max(1, Math.floor(capacity / 2)) : capacity - decoder.roomOf(index) + 1;
      logits = await decoder.begin(texts.map((text, index) => text.lastTokens(kept(index))));
    }
    await nextTurn();
  }
}

/** Writes on from one prompt: yields its tokens and returns why it stopped. @throws CODEX_GENERATE_PROMPT */
export async function* writeText(
  decoder: CachedDecoder,
  tokenizer: Tokenizer,
  { prompt, ...request }: Omit<WriteTextsRequest, "prompts"> & { readonly prompt: string },
): AsyncGenerator<GeneratedToken, StopReason, void> {
  for await (const event of writeTexts(decoder, tokenizer, { ...request, prompts: [prompt] })) {
    if ("stopReason" in event) return event.stopReason;
    yield event.token;
  }
  return "signal";
}
