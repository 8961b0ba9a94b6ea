import type { GeneratedToken, StopReason, Tokenizer } from "codex-core";
import { createSampler, firstNonFinite, type Sampler, type SamplerOptions } from "codex-nn";
import { trainerErrors } from "../errors.js";
import { CharacterStream } from "./character-stream.js";

/** What happens when a text fills the model's context. */
export type WhenFull = "slide" | "stop";

/** How texts are written. */
export interface WriteOptions {
  readonly maxNewTokens: number;
  /** A text's `stream` is its own, so that it is the same alone and among others. */
  readonly sampling: SamplerOptions;
  /** `slide`: forget the older half of the context and go on; `stop`: end with the reason `context`. */
  readonly whenFull: WhenFull;
}

/** A text as those see it that guess how it goes on. */
export interface Guesser {
  /** Most tokens that it may still get. */
  readonly remaining: number;
  /**
   * The token that it would get with these logits after `ahead` more tokens: chosen with the random number that will
   * choose the true one. Undefined where nothing follows it, or the logits choose none.
   */
  guess(logits: Float32Array, ahead: number): number | undefined;
}

/** One text: its tokens so far, its randomness and why it ended. */
export class TextInProgress implements Guesser {
  /** Whether the prompt is longer than the context, so that its beginning is left out. */
  readonly isCut: true | undefined;
  private readonly tokenIds: number[];
  private readonly sampler: Sampler;
  private readonly text: CharacterStream;
  private written = 0;
  private reason: StopReason | undefined;

  /** @throws CODEX_GENERATE_PROMPT when there is nothing to start with, or no room for a token with `stop`. */
  constructor(
    prompt: string,
    private readonly tokenizer: Tokenizer,
    private readonly options: WriteOptions,
    capacity: number,
  ) {
    this.tokenIds = promptIds(prompt, tokenizer, options.whenFull, capacity);
    this.isCut = this.tokenIds.length > capacity || undefined;
    this.sampler = createSampler(options.sampling);
    this.text = new CharacterStream(tokenizer);
  }

  /** Why it ended; undefined while it goes on. */
  get stopReason(): StopReason | undefined {
    return this.reason;
  }

  get remaining(): number {
    return this.reason ? 0 : this.options.maxNewTokens - this.written;
  }

  guess(logits: Float32Array, ahead: number): number | undefined {
    if (ahead + 1 >= this.remaining || firstNonFinite(logits) >= 0) return undefined;
    const tokenId = this.sampler.peek(logits, ahead);
    return tokenId === this.tokenizer.special.eos ? undefined : tokenId;
  }

  /** The last token; undefined when the text has ended. */
  get lastToken(): number | undefined {
    return this.reason ? undefined : this.tokenIds.at(-1);
  }

  /** Up to `length` last tokens; none when the text has ended. */
  lastTokens(length: number): readonly number[] {
    return this.reason ? [] : this.tokenIds.slice(-length);
  }

  /** Chooses the next token; undefined when that ends the text. */
  advance(logits: Float32Array): GeneratedToken | undefined {
    const tokenId = this.sampler.next(logits);
    if (tokenId === this.tokenizer.special.eos) {
      this.reason = "eos";
      return undefined;
    }
    this.tokenIds.push(tokenId);
    this.written += 1;
    const complete = this.text.push(tokenId);
    if (this.written < this.options.maxNewTokens) return { tokenId, text: complete };
    this.reason = "length";
    return { tokenId, text: complete + this.text.end() };
  }

  /** The context is full. True when the text goes on with the younger half of it. */
  slides(): boolean {
    if (this.options.whenFull === "stop") this.reason = "context";
    return this.reason === undefined;
  }
}

function promptIds(prompt: string, tokenizer: Tokenizer, whenFull: WhenFull, capacity: number): number[] {
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
  if (whenFull === "stop" && tokenIds.length > capacity) {
    throw trainerErrors.CODEX_GENERATE_PROMPT({
      what: `The prompt has ${tokenIds.length} tokens, the model's context ${capacity}.`,
    });
  }
  return tokenIds;
}
