import type { Tokenizer } from "codex-core";

const replacementCharacter = "\uFFFD";

/** Tokens that a character may be spread over, and tokens before it that may change how it reads. */
const reach = 8;

/** What was counted of a text. */
export interface TextCounts {
  /** In UTF-8. */
  readonly byteCount: number;
  /** Words that began; blanks set words apart. */
  readonly wordCount: number;
}

/**
 * Counts bytes and words of text that comes as tokens, in pieces. A character that is not complete yet, and a word that
 * goes on, are counted once, however the pieces lie. Special tokens are no text, and end a word.
 */
export class TextCounter {
  private readonly special: ReadonlySet<number>;
  private context: number[] = [];
  private pending: number[] = [];
  private isInWord = false;
  private byteCount = 0;
  private wordCount = 0;

  constructor(private readonly tokenizer: Tokenizer) {
    this.special = new Set(Object.values(tokenizer.special));
  }

  /** What became complete with these tokens. */
  push(tokenIds: readonly number[]): TextCounts {
    for (const id of tokenIds) {
      if (this.special.has(id)) this.end();
      else this.pending.push(id);
    }
    this.settle();
    return this.taken();
  }

  /** A text ends here: what is incomplete stays so, and what follows is another word. */
  end(): void {
    this.count(this.textOf(this.pending.length));
    this.context = [];
    this.pending = [];
    this.isInWord = false;
  }

  private settle(): void {
    let length = this.pending.length;
    let text = this.textOf(length);
    const least = Math.max(0, length - reach);
    while (text.endsWith(replacementCharacter) && length > least) text = this.textOf(--length);
    if (length === 0) return;
    this.count(text);
    const settled = this.pending.splice(0, length);
    this.context = [...this.context, ...settled].slice(-reach);
  }

  private taken(): TextCounts {
    const { byteCount, wordCount } = this;
    this.byteCount = 0;
    this.wordCount = 0;
    return { byteCount, wordCount };
  }

  private textOf(length: number): string {
    const known = this.tokenizer.decode(this.context);
    return this.tokenizer.decode([...this.context, ...this.pending.slice(0, length)]).slice(known.length);
  }

  private count(text: string): void {
    if (text === "") return;
    this.byteCount += Buffer.byteLength(text);
    const words = text.match(/\S+/g)?.length ?? 0;
    this.wordCount += this.isInWord && /^\S/.test(text) ? words - 1 : words;
    this.isInWord = /\S$/.test(text);
  }
}
