import type { GeneratedToken, StopReason, Tokenizer } from "codex-core";
import { createSampler, type SamplerOptions } from "codex-nn";
import { trainerErrors } from "../errors.js";
import { nextTurn } from "../step/next-turn.js";
import type { CachedDecoder } from "./cached-decoder.js";
import { CharacterStream } from "./character-stream.js";

/** What happens when a text fills the model's context. */
export type WhenFull = "slide" | "stop";

export interface WriteTextRequest {
  readonly prompt: string;
  readonly maxNewTokens: number;
  readonly sampling: SamplerOptions;
  /** `slide`: forget the older half of the context and go on; `stop`: end with the reason `context`. */
  readonly whenFull: WhenFull;
  readonly signal: AbortSignal;
}

/**
 * Writes on from a prompt with the resident parameters.
 *
 * @throws CODEX_GENERATE_PROMPT when there is nothing to start with, or no room for a token with `stop`.
 */
export async function* writeText(
  decoder: CachedDecoder,
  tokenizer: Tokenizer,
  request: WriteTextRequest,
): AsyncGenerator<GeneratedToken, StopReason, void> {
  const { maxNewTokens, signal } = request;
  const sampler = createSampler(request.sampling);
  const text = new CharacterStream(tokenizer);
  decoder.restart();
  const tokenIds = promptIds(tokenizer, request, decoder.room);
  let logits = await decoder.take(tokenIds.slice(-decoder.room));
  for (let count = 1; count <= maxNewTokens; count += 1) {
    if (signal.aborted) return "signal";
    const tokenId = sampler.next(logits);
    if (tokenId === tokenizer.special.eos) return "eos";
    tokenIds.push(tokenId);
    const complete = text.push(tokenId);
    yield { tokenId, text: count === maxNewTokens ? complete + text.end() : complete };
    if (count === maxNewTokens) break;
    if (decoder.room > 0) {
      logits = await decoder.take([tokenId]);
    } else if (request.whenFull === "stop") {
      return "context";
    } else {
      decoder.restart();
      logits = await decoder.take(tokenIds.slice(-Math.max(1, Math.floor(decoder.room / 2))));
    }
    await nextTurn();
  }
  return "length";
}

function promptIds(tokenizer: Tokenizer, { prompt, whenFull }: WriteTextRequest, room: number): number[] {
  const tokenIds = [...tokenizer.encode(prompt)];
  if (tokenIds.length === 0) {
    const first = tokenizer.special.bos ?? tokenizer.special.eos;
    if (first === undefined) {
      throw trainerErrors.CODEX_GENERATE_PROMPT({
        what: "The prompt is empty, and the tokenizer has no token that begins a text.",
      });
    }
    return [first];
  }
  if (whenFull === "stop" && tokenIds.length > room) {
    throw trainerErrors.CODEX_GENERATE_PROMPT({
      what: `The prompt has ${tokenIds.length} tokens, the model's context ${room}.`,
    });
  }
  return tokenIds;
}
