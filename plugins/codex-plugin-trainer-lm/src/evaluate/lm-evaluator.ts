import type { Tensor } from "@tensorflow/tfjs-core";
import type {
  Batch,
  BatchReader,
  BatchShape,
  BatchSource,
  CausalLanguageModel,
  ComputeBackend,
  EvaluationRequest,
  Evaluator,
  LoadedCheckpoint,
  ModelLoader,
  Named,
  Objective,
  ScoredContinuation,
  ScoreRequest,
  Tokenizer,
  TypedArray,
} from "codex-core";
import { z } from "zod";
import { trainerErrors } from "../errors.js";
import { loadParameters } from "../step/resident-tensors.js";
import { batchesInOrder } from "./batches-in-order.js";
import { evaluationPrograms } from "./evaluation-programs.js";
import { scoreContinuations } from "./score-continuations.js";
import { scoredRows } from "./scored-rows.js";
import { evaluateSplit } from "./split-evaluation.js";
import { TextCounter } from "./text-counter.js";
import { windowBatches } from "./window-batches.js";

/** Options of the evaluator `lm`. */
export const evaluatorOptions = z
  .strictObject({
    microBatch: z
      .int()
      .min(1)
      .default(8)
      .meta({ "x-codex-unit": "sequences" })
      .describe("Sequences that are measured at once; changes no result."),
    stride: z
      .int()
      .min(1)
      .optional()
      .meta({ "x-codex-unit": "tokens" })
      .describe(
        "Tokens from one window to the next; the fewer, the more context each token has. Left out: the context.",
      ),
  })
  .describe("Measures a split of the data, and tasks.");

export type EvaluatorOptions = z.infer<typeof evaluatorOptions>;

export interface EvaluatorParts {
  readonly data: BatchSource;
  readonly tokenizer: Tokenizer;
  readonly model: ModelLoader<Tensor>;
  readonly objective: Objective<Tensor>;
  readonly compute: ComputeBackend<Tensor>;
}

/** Measures a checkpoint on a whole split, and texts after their contexts; without dropout. */
export class LmEvaluator implements Evaluator {
  constructor(
    private readonly parts: EvaluatorParts,
    private readonly options: EvaluatorOptions,
  ) {}

  /**
   * @throws CODEX_TRAIN_MODEL_MISMATCH when the checkpoint is of another model; CODEX_EVALUATE_STRIDE; the signal's
   *   reason when it aborts.
   */
  async evaluate({ checkpoint, split, signal, onTokens }: EvaluationRequest): Promise<Named<number>> {
    const { data, tokenizer, objective, compute } = this.parts;
    const { microBatch } = this.options;
    const model = await this.load(checkpoint);
    const shape = { microBatch, contextLength: model.contextLength };
    const withTokens = onTokens !== undefined && readsTokens(objective, shape);
    const reader = await data.open(split, shape);
    const { shapes, batches } = this.reading(reader, shape);
    const program = evaluationPrograms(compute, shapes, { model, objective, withTokens });
    const counter = new TextCounter(tokenizer);
    const onOutputs = (batch: Batch, outputs: Named<TypedArray>): void => {
      for (const tokens of scoredRows({ batch, outputs, microBatch }, counter)) onTokens?.(tokens);
    };
    try {
      const evaluation = await evaluateSplit({ program, batches, signal, ...(withTokens && { onOutputs }) });
      if (!evaluation) throw signal.reason;
      return { ...evaluation.metrics, "eval/tokens": evaluation.tokens };
    } finally {
      await program.dispose();
    }
  }

  /** @throws CODEX_TRAIN_MODEL_MISMATCH, CODEX_EVALUATE_CONTINUATION; the signal's reason when it aborts. */
  async *score({ checkpoint, continuations, signal }: ScoreRequest): AsyncGenerator<ScoredContinuation, void, void> {
    const { tokenizer, compute: backend } = this.parts;
    const { microBatch } = this.options;
    const model = await this.load(checkpoint);
    yield* scoreContinuations({ backend, model, tokenizer, microBatch, signal }, continuations);
  }

  private async load(checkpoint: LoadedCheckpoint): Promise<CausalLanguageModel<Tensor>> {
    const { tokenizer, compute } = this.parts;
    const model = await this.parts.model.load({ vocabSize: tokenizer.vocabSize, dtype: "float32" });
    await loadParameters(compute, model, checkpoint);
    return model;
  }

  /** The rows of the split as they are, or windows over them. */
  private reading(
    reader: BatchReader,
    shape: BatchShape,
  ): { readonly shapes: readonly BatchShape[]; readonly batches: AsyncIterable<Batch> } {
    const { stride } = this.options;
    const shapes = reader.shapes ?? [shape];
    const batches = batchesInOrder(reader);
    if (stride === undefined) return { shapes, batches };
    if (stride > shape.contextLength) {
      const what = `A stride of ${stride} would pass over tokens: the context holds ${shape.contextLength}.`;
      throw trainerErrors.CODEX_EVALUATE_STRIDE({ what, where: "config → evaluator.stride" });
    }
    if (shapes.some(({ packed }) => packed)) {
      const what = "Rows of several documents have no windows.";
      throw trainerErrors.CODEX_EVALUATE_STRIDE({ what, where: "config → evaluator.stride" });
    }
    return { shapes: [shape], batches: windowBatches(batches, shape, stride) };
  }
}

/** Whether an objective's inputs say which tokens there are; others have none to be looked at one by one. */
function readsTokens(objective: Objective<Tensor>, shape: BatchShape): boolean {
  const inputs = objective.inputs(shape);
  return ["tokenIds", "targetIds", "lossMask"].every((name) => Object.hasOwn(inputs, name));
}
