import type { Tensor } from "@tensorflow/tfjs-core";
import type {
  BatchSource,
  ComputeBackend,
  EvaluationRequest,
  Evaluator,
  ModelLoader,
  Named,
  Objective,
  Tokenizer,
} from "codex-core";
import { z } from "zod";
import { loadParameters } from "../step/resident-tensors.js";
import { evaluationPrograms } from "./evaluation-programs.js";
import { evaluateSplit } from "./split-evaluation.js";

/** Options of the evaluator `lm`. */
export const evaluatorOptions = z.strictObject({
  microBatch: z.int().min(1).default(8).describe("Sequences that are measured at once; changes no result."),
});

export type EvaluatorOptions = z.infer<typeof evaluatorOptions>;

export interface EvaluatorParts {
  readonly data: BatchSource;
  readonly tokenizer: Tokenizer;
  readonly model: ModelLoader<Tensor>;
  readonly objective: Objective<Tensor>;
  readonly compute: ComputeBackend<Tensor>;
}

/** Measures a checkpoint on a whole split, without dropout. */
export class LmEvaluator implements Evaluator {
  constructor(
    private readonly parts: EvaluatorParts,
    private readonly options: EvaluatorOptions,
  ) {}

  /** @throws CODEX_TRAIN_MODEL_MISMATCH when the checkpoint is of another model; the signal's reason when it aborts. */
  async evaluate({ checkpoint, split, signal }: EvaluationRequest): Promise<Named<number>> {
    const { data, tokenizer, objective, compute } = this.parts;
    const model = await this.parts.model.load({ vocabSize: tokenizer.vocabSize, dtype: "float32" });
    const shape = { microBatch: this.options.microBatch, contextLength: model.contextLength };
    const reader = await data.open(split, shape);
    await loadParameters(compute, model, checkpoint);
    const program = evaluationPrograms(compute, reader, { model, objective, shape });
    try {
      const evaluation = await evaluateSplit({ program, reader, signal });
      if (!evaluation) throw signal.reason;
      return { ...evaluation.metrics, "eval/tokens": evaluation.tokens };
    } finally {
      await program.dispose();
    }
  }
}
