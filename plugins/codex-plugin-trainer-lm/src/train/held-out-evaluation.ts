import type { Tensor } from "@tensorflow/tfjs-core";
import type { BatchReader, BatchSource, ComputeBackend, Named } from "codex-core";
import { evaluationPrograms } from "../evaluate/evaluation-programs.js";
import { evaluateSplit } from "../evaluate/split-evaluation.js";
import type { GradientsParts } from "../step/gradients-program.js";
import type { ShapePrograms } from "../step/shape-programs.js";

export interface HeldOutEvaluationParts extends GradientsParts {
  readonly data: BatchSource;
  readonly backend: ComputeBackend<Tensor>;
  readonly maxBatches?: number;
}

/** Measures the resident parameters on the validation split, between steps. Compiles when first used. */
export class HeldOutEvaluation {
  private readonly program: ShapePrograms;

  private constructor(
    private readonly parts: HeldOutEvaluationParts,
    private readonly reader: BatchReader,
  ) {
    this.program = evaluationPrograms(parts.backend, reader, parts);
  }

  /** Opens the split, so that one that is too short is seen before the first step. */
  static async open(parts: HeldOutEvaluationParts): Promise<HeldOutEvaluation> {
    return new HeldOutEvaluation(parts, await parts.data.open("validation", parts.shape));
  }

  /** The split's metrics; undefined when the signal stopped it. */
  async run(signal: AbortSignal): Promise<Named<number> | undefined> {
    const { maxBatches } = this.parts;
    const evaluation = await evaluateSplit({ program: this.program, reader: this.reader, maxBatches, signal });
    return evaluation?.metrics;
  }

  async dispose(): Promise<void> {
    await this.program.dispose();
  }
}
