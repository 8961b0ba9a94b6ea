import type { SafetyStage } from "../contracts/safety-filter.js";
import type { SafetyStream } from "../contracts/safety-gate.js";
import type { FilterGate } from "./safety-gate.js";

/**
 * Text that comes in pieces. The longest possible match is held back, so that a match across pieces is seen before any
 * of it goes out; as much of what went out is kept, so that rules that look at what stands before still see it.
 */
export class FilteredStream implements SafetyStream {
  /** Text as it came: `#given` units of it went out already. */
  #text = "";
  #given = 0;
  /** Units of all the text that came which are not kept any more. */
  #forgotten = 0;
  #ended = false;
  readonly #recorded = new Set<string>();
  readonly #redacted: { readonly start: number; readonly end: number }[] = [];

  constructor(
    readonly gate: FilterGate,
    readonly stage: SafetyStage,
  ) {}

  /** UTF-16 units of all that came which have passed or were redacted. */
  get passed(): number {
    return this.#forgotten + this.#given;
  }

  /** What was redacted, in UTF-16 units of all that came. */
  get redacted(): readonly { readonly start: number; readonly end: number }[] {
    return this.#redacted;
  }

  async push(text: string): Promise<string> {
    if (this.#ended) throw new TypeError("push was called after end");
    this.#text += text;
    const cut = this.#text.length - this.gate.maxMatchLength;
    return cut > this.#given ? this.#give(cut) : "";
  }

  async end(): Promise<string> {
    this.#ended = true;
    return this.#text.length > this.#given ? this.#give(this.#text.length) : "";
  }

  /** Gives out what lies before `cut`, and the whole of a span that reaches over it. */
  async #give(cut: number): Promise<string> {
    if (this.gate.isEmpty) return this.#plain(cut);
    const history = { offset: this.#forgotten, recorded: this.#recorded };
    const [verdict] = await this.gate.judge([this.#text], this.stage, undefined, history);
    let output = "";
    let position = this.#given;
    for (const { start, end, replacement } of verdict!.spans) {
      if (end <= position) continue;
      if (start >= cut) break;
      output += this.#text.slice(position, Math.max(start, position)) + replacement;
      this.#redacted.push({ start: this.#forgotten + start, end: this.#forgotten + end });
      position = end;
    }
    const until = Math.max(position, wholeCharacters(this.#text, cut));
    output += this.#text.slice(position, until);
    this.#keepFrom(until);
    return output;
  }

  #plain(cut: number): string {
    const output = this.#text.slice(this.#given, cut);
    this.#keepFrom(cut);
    return output;
  }

  #keepFrom(given: number): void {
    const first = Math.max(0, given - this.gate.maxMatchLength);
    this.#text = this.#text.slice(first);
    this.#forgotten += first;
    this.#given = given - first;
  }
}

/** The end of the last whole character before or at an index. */
function wholeCharacters(text: string, index: number): number {
  const last = text.charCodeAt(index - 1);
  return index < text.length && last >= 0xd800 && last <= 0xdbff ? index - 1 : index;
}
