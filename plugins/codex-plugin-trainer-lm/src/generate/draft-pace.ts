/** How much of what is known falls out with each new sample. */
const forgetting = 0.1;

/** Single tokens that are timed before anything is guessed; the first is slower than those that follow. */
const firstSingles = 3;

/** Tokens to the next try where guessing did not pay; each try that does not pay doubles it. */
const firstPause = 32;
const longestPause = 512;

/** A mean that forgets. The first sample may be dropped: what runs for the first time takes longer. */
class Mean {
  private samples = 0;
  private mean = 0;

  constructor(private readonly dropped: number) {}

  add(sample: number): void {
    this.samples += 1;
    const counted = this.samples - this.dropped;
    if (counted > 0) this.mean += (sample - this.mean) * Math.max(forgetting, 1 / counted);
  }

  get value(): number | undefined {
    return this.samples > this.dropped ? this.mean : undefined;
  }
}

/** Decides how many tokens to guess, by what passes took and how many guesses were right. Times are in ms. */
export class DraftPace {
  private readonly single = new Mean(1);
  private readonly draft = new Mean(1);
  private readonly verification = new Mean(1);
  private readonly agreement = new Mean(0);
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
    this.agreement.add(right ? 1 : 0);
  }

  /** The number of guesses with most tokens a millisecond; all where too little is known. */
  private best(most: number): number {
    const [single, draft, verification] = [this.single.value, this.draft.value, this.verification.value];
    if (single === undefined || draft === undefined || verification === undefined) return most;
    const share = this.agreement.value ?? 1;
    let best = 0;
    let speed = 1 / single;
    let expected = 1;
    for (let guesses = 1; guesses <= most; guesses += 1) {
      expected += share ** guesses;
      const guessing = expected / (guesses * draft + verification);
      if (guessing > speed) [best, speed] = [guesses, guessing];
    }
    return best;
  }
}
