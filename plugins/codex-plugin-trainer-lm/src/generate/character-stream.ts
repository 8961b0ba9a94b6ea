import type { Tokenizer } from "codex-core";

const replacementCharacter = "\uFFFD";

/**
 * Text of tokens as it becomes complete. A character may need several tokens: its first ones give no text yet. A token
 * may also read differently after another, so the text of each is taken as the difference of two decodings.
 */
export class CharacterStream {
  private readonly tokenIds: number[] = [];
  private contextStart = 0;
  private textStart = 0;

  constructor(private readonly tokenizer: Tokenizer) {}

  /** Text that is complete with this token. */
  push(tokenId: number): string {
    this.tokenIds.push(tokenId);
    const text = this.pendingText();
    if (text.endsWith(replacementCharacter)) return "";
    this.settle();
    return text;
  }

  /** What is left: an incomplete character reads as U+FFFD. */
  end(): string {
    const text = this.pendingText();
    this.settle();
    return text;
  }

  private pendingText(): string {
    const known = this.tokenizer.decode(this.tokenIds.slice(this.contextStart, this.textStart));
    return this.tokenizer.decode(this.tokenIds.slice(this.contextStart)).slice(known.length);
  }

  private settle(): void {
    if (this.textStart === this.tokenIds.length) return;
    this.contextStart = this.textStart;
    this.textStart = this.tokenIds.length;
  }
}
