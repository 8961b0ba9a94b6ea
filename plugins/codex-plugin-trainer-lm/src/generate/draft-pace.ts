/** How much of what is known of guesses falls out with each new one. */
const forgetting = 0.1;

/** Times of a pass that are remembered, and those that tell enough. */
const samplesKept = 8;
const samplesNeeded = 2;

/** Single tokens that are timed before anything is guessed: a first run, and as many as are needed. */
const firstSingles = 1 + samplesNeeded;

/** Tokens to the next try where guessing did not pay; each try that does not pay doubles it. */
const firstPause = 32;
const longestPause = 512;

/** What a pass takes: the least of its last times. Those in which others had the processor tell nothing of it. */
class PassTime {
  private readonly last: number[] = [];
  private isWarm = false;

  add(ms: number): void {
    // A program's first run takes longer.
    if (this.isWarm) this.last.push(ms);
    this.isWarm = true;
    if (this.last.length > samplesKept) this.last.shift();
  }

  get value(): number | undefined {
    return this.last.length >= samplesNeeded ? Math.min(...this.last) : undefined;
  }
}

/** Decides how many tokens to guess, by what passes took and how many guesses were right. Times are in ms. */
export class DraftPace {
  private readonly single = new PassTime();
  private readonly draft = new PassTime();
  private readonly verification = new PassTime();
  private guesses = 0;
  private share = 1;
  private singles = 0;
  private pause = firstPause;
  private waited = 0;

  /** How many tokens to guess next, up to `most`; 0: none. */
  next(most: number): number {
    if (this.singles < firstSingles) return 0;
    const best = this.best(most);
    if (best > 0) {
      this.pause = firstPause;
      this.waited = 0;
      return best;
    }
    this.waited += 1;
    if (this.waited < this.pause) return 0;
    this.waited = 0;
    this.pause = Math.min(longestPause, 2 * this.pause);
    return most;
  }

  tookSingle(ms: number): void {
    this.singles += 1;
    this.single.add(ms);
  }

  /** One guessed token. */
  tookDraft(ms: number): void {
    this.draft.add(ms);
  }

  /** One pass over guesses, however many. */
  tookVerification(ms: number): void {
    this.verification.add(ms);
  }

  /** Whether a guess was what came. */
  guessed(right: boolean): void {
    this.guesses += 1;
    this.share += ((right ? 1 : 0) - this.share) * Math.max(forgetting, 1 / this.guesses);
  }

  /** The number of guesses with most tokens a millisecond; all where too little is known. */
  private best(most: number): number {
    const [single, draft, verification] = [this.single.value, this.draft.value, this.verification.value];
    if (single === undefined || draft === undefined || verification === undefined) return most;
    let best = 0;
    let speed = 1 / single;
    let expected = 1;
    for (let guesses = 1; guesses <= most; guesses += 1) {
      expected += this.share ** guesses;
      const guessing = expected / (guesses * draft + verification);
      if (guessing > speed) [best, speed] = [guesses, guessing];
    }
    return best;
  }
}
