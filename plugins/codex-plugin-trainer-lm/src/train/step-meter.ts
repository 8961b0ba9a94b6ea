/** Measures how fast steps are between two reports. */
export class StepMeter {
  private steps = 0;
  private tokens = 0;
  private ms = 0;

  add(tokens: number, ms: number): void {
    this.steps += 1;
    this.tokens += tokens;
    this.ms += ms;
  }

  /** Metrics of the steps since the last call: mean time of a step, and tokens that count per second of step time. */
  read(): { readonly "train/tokensPerSecond": number; readonly "train/stepMs": number } {
    const { steps, tokens, ms } = this;
    this.steps = 0;
    this.tokens = 0;
    this.ms = 0;
    return {
      "train/tokensPerSecond": ms > 0 ? (tokens / ms) * 1000 : 0,
      "train/stepMs": steps > 0 ? ms / steps : 0,
    };
  }
}
