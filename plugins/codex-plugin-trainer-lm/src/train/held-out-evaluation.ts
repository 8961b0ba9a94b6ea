import type { Tensor } from "@tensorflow/tfjs-core";
import type { BatchReader, BatchSource, CompiledProgram, ComputeBackend, Named } from "codex-core";
import { evaluateProgram } from "../evaluate/evaluate-program.js";
import { evaluateSplit } from "../evaluate/split-evaluation.js";
import type { GradientsParts } from "../step/gradients-program.js";

export interface HeldOutEvaluationParts extends GradientsParts {
  readonly data: BatchSource;
  readonly backend: ComputeBackend<Tensor>;
  readonly maxBatches?: number;
}

/** Measures the resident parameters on the validation split, between steps. Opens and compiles when first used. */
export class HeldOutEvaluation {
  private reader: BatchReader | undefined;
  private program: CompiledProgram | undefined;

  constructor(private readonly parts: HeldOutEvaluationParts) {}

  /** The split's metrics; undefined when the signal stopped it. */
  async run(signal: AbortSignal): Promise<Named<number> | undefined> {
    const { data, backend, shape, maxBatches } = this.parts;
    this.reader ??= await data.open("validation", shape);
    this.program ??= await backend.compile(evaluateProgram(this.parts));
    const evaluation = await evaluateSplit({ program: this.program, reader: this.reader, maxBatches, signal });
    return evaluation?.metrics;
  }

  async dispose(): Promise<void> {
    await this.program?.dispose();
  }
}
