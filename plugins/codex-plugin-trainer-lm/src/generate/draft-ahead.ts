import { DraftPace } from "./draft-pace.js";
import type { Guesser } from "./text-in-progress.js";

/** Fewest tokens that a text must still want for the programs that guess to be loaded. */
const leastWorthwhile = 48;

/** Passes over one sequence. Each writes its tokens' keys and values to their places in the cache. */
export interface DraftPasses {
  /** Tokens of a verification. */
  readonly verified: number;
  /** Loads what drafts and verifications need; false where that cannot be had. */
  prepare(): Promise<boolean>;
  /** Nearly the logits after a token at a place. */
  draft(token: number, place: number): Promise<Float32Array>;
  /** The logits after each of `verified` tokens from a place on. */
  verify(tokens: readonly number[], place: number): Promise<readonly Float32Array[]>;
  /** The logits after a token at a place. */
  single(token: number, place: number): Promise<Float32Array>;
}

/** What was guessed so far. */
export interface DraftCounts {
  /** Guesses that were compared with what came. */
  readonly guessed: number;
  /** Those that were right. */
  readonly right: number;
}

/** Logits that hold if the token is the next one. */
interface Ahead {
  readonly token: number;
  readonly logits: Float32Array;
}

/**
 * Gives the logits after each token of a sequence, many of them computed ahead: guesses how the text goes on with a
 * cheaper pass, and takes the true logits after all guesses in one pass. A guess that does not come true costs time and
 * changes nothing: what it left in the cache is overwritten before it is read.
 *
 * @source Leviathan et al., Fast Inference from Transformers via Speculative Decoding (ICML 2023)
 */
export class DraftAhead {
  private ahead: Ahead[] = [];
  private prepared: boolean | undefined;
  private counted = { guessed: 0, right: 0 };

  /** @param most Tokens that are guessed at a time, at the most. */
  constructor(
    private readonly passes: DraftPasses,
    private readonly most: number,
    private readonly pace = new DraftPace(),
  ) {}

  get counts(): DraftCounts {
    return { ...this.counted };
  }

  /** Forgets what was computed ahead: the sequence is another. */
  forget(): void {
    this.ahead = [];
  }

  /** The logits after a token at a place, of which there are `room` with those behind it. */
  async next(token: number, place: number, room: number, guesser: Guesser): Promise<Float32Array> {
    const expected = this.ahead.shift();
    if (expected) {
      this.note(expected.token === token);
      if (expected.token === token) return expected.logits;
      this.ahead = [];
    }
    const most = Math.min(this.most, guesser.remaining - 1);
    const guesses = room < this.passes.verified || most < 1 ? 0 : this.pace.next(most);
    if (guesses === 0 || !(await this.isPrepared(guesser))) return this.single(token, place);
    return this.guess(token, place, guesses, guesser);
  }

  private async single(token: number, place: number): Promise<Float32Array> {
    const started = performance.now();
    const logits = await this.passes.single(token, place);
    this.pace.tookSingle(performance.now() - started);
    return logits;
  }

  private async guess(token: number, place: number, most: number, guesser: Guesser): Promise<Float32Array> {
    const tokens = [token];
    while (tokens.length <= most) {
      const started = performance.now();
      const ahead = tokens.length - 1;
      const logits = await this.passes.draft(tokens[ahead]!, place + ahead);
      const guess = guesser.guess(logits, ahead);
      this.pace.tookDraft(performance.now() - started);
      if (guess === undefined) break;
      tokens.push(guess);
    }
    if (tokens.length === 1) {
      this.pace.guessed(false);
      return this.single(token, place);
    }
    const started = performance.now();
    const [logits, ...others] = await this.passes.verify(tokens, place);
    this.pace.tookVerification(performance.now() - started);
    this.ahead = tokens.slice(1).map((guess, index) => ({ token: guess, logits: others[index]! }));
    return logits!;
  }

  private note(isRight: boolean): void {
    this.counted.guessed += 1;
    if (isRight) this.counted.right += 1;
    this.pace.guessed(isRight);
  }

  private async isPrepared(guesser: Guesser): Promise<boolean> {
    if (this.prepared === undefined) {
      if (guesser.remaining < leastWorthwhile) return false;
      this.prepared = await this.passes.prepare();
    }
    return this.prepared;
  }
}
