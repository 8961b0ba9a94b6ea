import type { GeneratedToken } from "../contracts/generator.js";
import type { FilterGate } from "./safety-gate.js";
import { FilteredStream } from "./safety-stream.js";

interface WaitingToken {
  readonly tokenId: number;
  /** Where its text begins and ends in all that was generated, UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

/**
 * Generated tokens behind a safety stream: each is held until the text that came with it has passed. What is redacted
 * takes the place of the text, and the ids that it stood in are left out, since they would tell it.
 */
export class GuardedTokens {
  readonly #stream: FilteredStream;
  #waiting: WaitingToken[] = [];
  /** Tokens whose text comes with a later one: the first bytes of a character. */
  #unfinished: number[] = [];
  #length = 0;
  /** Text that passed and waits for a token to go with. */
  #text = "";

  constructor(gate: FilterGate) {
    this.#stream = new FilteredStream(gate, "completion");
  }

  async push({ tokenId, text }: GeneratedToken): Promise<GeneratedToken[]> {
    this.#unfinished.push(tokenId);
    if (text === "") return [];
    this.#finish(text.length);
    return this.#release(await this.#stream.push(text));
  }

  /** What was held back. Text that no id may go with comes with the id −1. */
  async end(): Promise<GeneratedToken[]> {
    this.#finish(0);
    const released = this.#release(await this.#stream.end());
    return this.#text === "" ? released : [...released, { tokenId: -1, text: this.#text }];
  }

  /** The tokens that came since the last text made this one together. */
  #finish(length: number): void {
    const start = this.#length;
    this.#length += length;
    this.#waiting.push(...this.#unfinished.map((tokenId) => ({ tokenId, start, end: this.#length })));
    this.#unfinished = [];
  }

  #release(text: string): GeneratedToken[] {
    this.#text += text;
    const { passed, redacted } = this.#stream;
    const isRedacted = ({ start, end }: WaitingToken) => redacted.some((span) => span.start < end && start < span.end);
    const done = this.#waiting.filter(({ end }) => end <= passed);
    this.#waiting = this.#waiting.filter(({ end }) => end > passed);
    const open = done.filter((token) => !isRedacted(token));
    if (open.length === 0) return [];
    const released = open.map(({ tokenId }) => ({ tokenId, text: "" }));
    released[released.length - 1]!.text = this.#text;
    this.#text = "";
    return released;
  }
}
