import type { Tensor } from "@tensorflow/tfjs-core";
import type {
  BatchGenerationRequest,
  ComputeBackend,
  GeneratedText,
  GeneratedToken,
  GenerationRequest,
  GenerationSettings,
  Generator,
  ModelLoader,
  StopReason,
  Tokenizer,
} from "codex-core";
import { z } from "zod";
import { trainerErrors } from "../errors.js";
import { loadParameters } from "../step/resident-tensors.js";
import { CachedDecoder } from "./cached-decoder.js";
import { type TextEvent, writeText, writeTexts } from "./write-text.js";

/** Options of the generator `lm`. */
export const generatorOptions = z
  .strictObject({
    whenFull: z
      .enum(["slide", "stop"])
      .default("slide")
      .describe("When the context is full: forget its older half and go on, or stop."),
    batchSize: z
      .number()
      .int()
      .positive()
      .default(8)
      .meta({ "x-codex-unit": "prompts" })
      .describe("Prompts that are written at a time, when there are several; each has a key/value cache."),
    draftTokens: z
      .number()
      .int()
      .min(0)
      .max(7)
      .default(4)
      .meta({ "x-codex-unit": "tokens" })
      .describe(
        "Tokens to guess ahead, at the most, with weights of 8 bits, and to check at once: the text is the same, sooner, " +
          "where one text is written and the backend offers it; 0: none.",
      ),
  })
  .describe("Writes text, token by token.");

export type GeneratorOptions = z.infer<typeof generatorOptions>;

export interface GeneratorParts {
  readonly tokenizer: Tokenizer;
  readonly model: ModelLoader<Tensor>;
  readonly compute: ComputeBackend<Tensor>;
}

/** Writes texts with a checkpoint, a token at a time, with a key/value cache. */
export class LmGenerator implements Generator {
  private busy = false;

  constructor(
    private readonly parts: GeneratorParts,
    private readonly options: GeneratorOptions,
  ) {}

  /** @throws CODEX_GENERATE_PROMPT, CODEX_GENERATE_BUSY, CODEX_TRAIN_MODEL_MISMATCH */
  async *generate(request: GenerationRequest): AsyncGenerator<GeneratedToken, StopReason, void> {
    const { prompt, ...settings } = request;
    const decoder = await this.open(settings, 1);
    try {
      return yield* writeText(decoder, this.parts.tokenizer, { prompt, ...this.written(settings) });
    } finally {
      await this.close(decoder);
    }
  }

  /** @throws CODEX_GENERATE_PROMPT, CODEX_GENERATE_BUSY, CODEX_TRAIN_MODEL_MISMATCH */
  async *generateAll(request: BatchGenerationRequest): AsyncGenerator<GeneratedText, void, void> {
    const { prompts, stream = 0, streams = prompts.map((_, place) => stream + place), ...settings } = request;
    if (prompts.length === 0) return;
    const decoder = await this.open(settings, Math.min(prompts.length, this.options.batchSize));
    try {
      for (let first = 0; first < prompts.length; first += decoder.batch) {
        const places = [first, first + decoder.batch] as const;
        const group = { prompts: prompts.slice(...places), streams: streams.slice(...places) };
        const events = writeTexts(decoder, this.parts.tokenizer, { ...this.written(settings), ...group });
        yield* inOrder(events, group.prompts.length);
      }
    } finally {
      await this.close(decoder);
    }
  }

  private written({ maxNewTokens, signal, seed, stream = 0, temperature, topK, topP }: GenerationSettings) {
    const { whenFull } = this.options;
    return { maxNewTokens, signal, whenFull, sampling: { seed, stream, temperature, topK, topP } };
  }

  private async open({ checkpoint }: GenerationSettings, batch: number): Promise<CachedDecoder> {
    if (this.busy) throw trainerErrors.CODEX_GENERATE_BUSY({ what: "Another text is being written." });
    this.busy = true;
    try {
      const { tokenizer, compute } = this.parts;
      const model = await this.parts.model.load({ vocabSize: tokenizer.vocabSize, dtype: "float32" });
      await loadParameters(compute, model, checkpoint);
      return new CachedDecoder(compute, model, batch, { tokens: this.options.draftTokens });
    } catch (error) {
      this.busy = false;
      throw error;
    }
  }

  private async close(decoder: CachedDecoder): Promise<void> {
    try {
      await decoder.dispose();
    } finally {
      this.busy = false;
    }
  }
}

/** Whole texts, each as soon as it and all before it have ended. */
async function* inOrder(events: AsyncGenerator<TextEvent>, count: number): AsyncGenerator<GeneratedText, void, void> {
  const texts = Array.from({ length: count }, () => ({ tokens: [] as GeneratedToken[] }));
  const ended: Pick<GeneratedText, "stopReason" | "isCut">[] = [];
  let next = 0;
  for await (const event of events) {
    if ("token" in event) texts[event.index]!.tokens.push(event.token);
    else {
      const { index, ...end } = event;
      ended[index] = end;
    }
    for (let end = ended[next]; end; end = ended[next]) {
      yield { ...texts[next]!, ...end };
      next += 1;
    }
  }
}
