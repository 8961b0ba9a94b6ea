import type { Tensor } from "@tensorflow/tfjs-core";
import type { BatchReader, ComputeBackend, Named } from "codex-core";
import { batchesInOrder } from "../evaluate/batches-in-order.js";
import { evaluateProgram } from "../evaluate/evaluate-program.js";
import { evaluateSplit } from "../evaluate/split-evaluation.js";
import type { GradientsParts } from "../step/gradients-program.js";
import { PortionPrograms } from "../step/portion-programs.js";
import type { Portions } from "../step/portions.js";

export interface HeldOutEvaluationParts extends GradientsParts {
  /** The validation split. */
  readonly reader: BatchReader;
  readonly backend: ComputeBackend<Tensor>;
  readonly portions: Portions;
  readonly maxBatches?: number;
}

/** Measures the resident parameters on the validation split, between steps. Compiles when first used. */
export class HeldOutEvaluation {
  private readonly program: PortionPrograms;

  constructor(private readonly parts: HeldOutEvaluationParts) {
    const { backend, model, objective, shape, reader, portions } = parts;
    this.program = new PortionPrograms(portions, reader.shapes ?? [shape], (each) =>
      backend.compile(evaluateProgram({ model, objective, shape: each })),
    );
  }

  /** The split's metrics; undefined when the signal stopped it. */
  async run(signal: AbortSignal): Promise<Named<number> | undefined> {
    const { portions, maxBatches } = this.parts;
    const evaluation = await portions.fit(() =>
      evaluateSplit({
        program: this.program,
        batches: batchesInOrder(portions.reader(this.parts.reader), maxBatches && maxBatches * portions.count),
        signal,
      }),
    );
    return evaluation?.metrics;
  }

  async dispose(): Promise<void> {
    await this.program.dispose();
  }
}
