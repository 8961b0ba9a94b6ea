import { createRandomStream } from "../random/random-stream.js";
import { checkSamplingOptions, type SamplingOptions, sampleToken } from "./sample-token.js";

/** What a sampler is made with. */
export interface SamplerOptions extends SamplingOptions {
  readonly seed: number;
  /** Which sequence of the seed, for several texts at once. Default: 0. */
  readonly stream?: number;
  /** Random words drawn before, to go on where another sampler stopped. Default: 0. */
  readonly position?: number;
}

/** Words that a token takes: those of one `nextUniform`. */
const wordsPerToken = 2;

/** Chooses one token after the other. */
export interface Sampler {
  /** logits [vocabSize] → a token id. @throws CODEX_NN_NOT_FINITE */
  next(logits: ArrayLike<number>): number;
  /** What `next` would choose of these logits after `ahead` more tokens, which draws nothing. @throws CODEX_NN_NOT_FINITE */
  peek(logits: ArrayLike<number>, ahead: number): number;
  /** Random words drawn so far. */
  readonly position: number;
}

/** A seeded sampler. @throws CODEX_NN_ARGUMENT when an option is out of its range. */
export function createSampler(options: SamplerOptions): Sampler {
  checkSamplingOptions(options);
  const { seed, stream = 0, position = 0 } = options;
  const openAt = (place: number) => createRandomStream({ seed, use: "sampling", stream, position: place });
  const random = openAt(position);
  return {
    next: (logits) => sampleToken(logits, random.nextUniform(), options),
    peek: (logits, ahead) => {
      const later = openAt(random.state().position + ahead * wordsPerToken);
      return sampleToken(logits, later.nextUniform(), options);
    },
    get position() {
      return random.state().position;
    },
  };
}
