import type { Tensor } from "@tensorflow/tfjs-core";
import type {
  ComputeBackend,
  GeneratedToken,
  GenerationRequest,
  Generator,
  ModelLoader,
  StopReason,
  Tokenizer,
} from "codex-core";
import { z } from "zod";
import { trainerErrors } from "../errors.js";
import { loadParameters } from "../step/resident-tensors.js";
import { CachedDecoder } from "./cached-decoder.js";
import { writeText } from "./write-text.js";

/** Options of the generator `lm`. */
export const generatorOptions = z.strictObject({
  whenFull: z
    .enum(["slide", "stop"])
    .default("slide")
    .describe("When the context is full: forget its older half and go on, or stop."),
});

export type GeneratorOptions = z.infer<typeof generatorOptions>;

export interface GeneratorParts {
  readonly tokenizer: Tokenizer;
  readonly model: ModelLoader<Tensor>;
  readonly compute: ComputeBackend<Tensor>;
}

/** Writes text with a checkpoint, a token at a time, with a key/value cache. */
export class LmGenerator implements Generator {
  private busy = false;

  constructor(
    private readonly parts: GeneratorParts,
    private readonly options: GeneratorOptions,
  ) {}

  /** @throws CODEX_GENERATE_PROMPT, CODEX_GENERATE_BUSY, CODEX_TRAIN_MODEL_MISMATCH */
  async *generate(request: GenerationRequest): AsyncGenerator<GeneratedToken, StopReason, void> {
    if (this.busy) throw trainerErrors.CODEX_GENERATE_BUSY({ what: "Another text is being written." });
    this.busy = true;
    const { tokenizer, compute } = this.parts;
    const { prompt, maxNewTokens, signal, seed, temperature, topK, topP } = request;
    const sampling = { seed, temperature, topK, topP };
    let decoder: CachedDecoder | undefined;
    try {
      const model = await this.parts.model.load({ vocabSize: tokenizer.vocabSize, dtype: "float32" });
      await loadParameters(compute, model, request.checkpoint);
      decoder = new CachedDecoder(compute, model);
      const { whenFull } = this.options;
      return yield* writeText(decoder, tokenizer, { prompt, maxNewTokens, sampling, whenFull, signal });
    } finally {
      await decoder?.dispose();
      this.busy = false;
    }
  }
}
