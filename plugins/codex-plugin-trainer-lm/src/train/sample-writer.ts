import { isCodexError, type Logger, type SafetyGate, type Sample, type Tokenizer } from "codex-core";
import type { CachedDecoder } from "../generate/cached-decoder.js";
import { writeText } from "../generate/write-text.js";
import type { SampleOptions } from "./options.js";

export interface SampleWriterParts {
  readonly decoder: CachedDecoder;
  readonly tokenizer: Tokenizer;
  readonly safety: SafetyGate;
  readonly logger: Logger;
  readonly seed: number;
}

/** Writes samples with the parameters as they are. */
export class SampleWriter {
  constructor(
    private readonly parts: SampleWriterParts,
    private readonly options: SampleOptions,
  ) {}

  /** A text of this step; undefined when a safety filter lets the prompt or the text not pass. */
  async write(step: number, signal: AbortSignal): Promise<Sample | undefined> {
    const { decoder, tokenizer, safety, seed } = this.parts;
    const { maxNewTokens, temperature, topK } = this.options;
    const sampling = { seed, stream: step, temperature, topK };
    try {
      const [prompt] = await safety.inspect([this.options.prompt], "prompt");
      if (prompt === undefined) return undefined;
      let written = "";
      const request = { prompt, maxNewTokens, sampling, whenFull: "slide", signal } as const;
      for await (const token of writeText(decoder, tokenizer, request)) written += token.text;
      const [text] = await safety.inspect([written], "completion");
      return text === undefined ? undefined : { step, prompt, text };
    } catch (error) {
      if (!isCodexError(error) || error.code !== "CODEX_SAFETY_REFUSED") throw error;
      this.parts.logger.warn("A sample was refused by a safety filter.", { step, reason: error.what });
      return undefined;
    }
  }
}
