import type { Tensor } from "@tensorflow/tfjs-core";
import type {
  Batch,
  BatchShape,
  CausalLanguageModel,
  CompiledProgram,
  ComputeBackend,
  Named,
  Objective,
  Optimizer,
  TypedArray,
} from "codex-core";
import { clipScale, randomKey } from "codex-nn";
import { disposeAll } from "./dispose-all.js";
import { gradientsProgram, metricPrefix } from "./gradients-program.js";
import { nextTurn } from "./next-turn.js";
import { PortionPrograms } from "./portion-programs.js";
import { Portions } from "./portions.js";
import { updateProgram } from "./update-program.js";

/** What a training step is made of. */
export interface TrainingStepParts {
  readonly backend: ComputeBackend<Tensor>;
  readonly model: CausalLanguageModel<Tensor>;
  readonly objective: Objective<Tensor>;
  readonly optimizer: Optimizer<Tensor>;
  readonly shape: BatchShape;
  /** Every shape that a microBatch may have; left out: `shape` alone. */
  readonly shapes?: readonly BatchShape[];
  /** How microBatches are divided; left out: not at all. */
  readonly portions?: Portions;
  /** Largest norm of the divided gradient; left out: no clipping. */
  readonly clipNorm?: number;
}

/** One step's input. */
export interface StepRequest {
  /** 0-based index of the step. */
  readonly step: number;
  readonly learningRate: number;
  readonly seed: number;
  /** The microBatches of the step, at least one; read one after another. */
  readonly batches: readonly (Batch | Promise<Batch>)[];
  /** Awaited before a microBatch goes through the model. */
  readonly onMicroStepStart?: ((microStep: number) => Promise<void>) | undefined;
  /** Awaited when its gradients are there. */
  readonly onMicroStepEnd?: ((microStep: number, sums: MicroStepSums) => Promise<void>) | undefined;
  /** Looks at what was measured before anything changes; false leaves parameters and optimizer as they are. */
  readonly accept?: (measured: StepMeasure) => boolean;
}

/** What a microStep gave. */
export interface MicroStepSums {
  /** Nats. */
  readonly lossSum: number;
  readonly weightSum: number;
}

/** What is known of a step before its update. */
export interface StepMeasure {
  /** Mean nats over the step's weights. */
  readonly loss: number;
  /** L2 norm of the divided gradient, before clipping. */
  readonly gradNorm: number;
  /** Sum of weights: unmasked tokens. */
  readonly weightSum: number;
  /** The objective's metrics, means over the same weights. */
  readonly metrics: Named<number>;
}

export interface StepResult extends StepMeasure {
  /** Whether parameters and optimizer state have changed. */
  readonly updated: boolean;
}

/**
 * One optimizer step over resident parameters: gradients of each microBatch, accumulated; then one division by the
 * sum of weights, one clip, one update. Compiles its programs when they are first needed. A microBatch's portions are
 * microSteps of their own, with random masks of their own: a step in portions is, bit for bit, the step of a run whose
 * microBatches are the portions.
 */
export class TrainingStep {
  private readonly portions: Portions;
  private readonly fresh: PortionPrograms;
  private readonly accumulate: PortionPrograms;
  private update: CompiledProgram | undefined;

  constructor(private readonly parts: TrainingStepParts) {
    const { backend, model, objective, shapes = [parts.shape] } = parts;
    this.portions = parts.portions ?? new Portions({ shapes, objective });
    const programs = (mode: "fresh" | "accumulate") => {
      const compile = (shape: BatchShape) => backend.compile(gradientsProgram({ model, objective, shape }, mode));
      return new PortionPrograms(this.portions, shapes, compile);
    };
    this.fresh = programs("fresh");
    this.accumulate = programs("accumulate");
  }

  /** Compiles what every step needs, so that all resident state exists. `run` does so too, when it was not called. */
  async prepare(): Promise<void> {
    await this.portions.fit(async () => {
      await this.fresh.prepare();
      await this.updateProgram();
    });
  }

  async run(request: StepRequest): Promise<StepResult> {
    const measured = await this.portions.fit(() => this.gradients(request));
    const accepted = request.accept?.(measured) ?? true;
    if (accepted) await this.applyUpdate(request, measured);
    return { ...measured, updated: accepted };
  }

  async dispose(): Promise<void> {
    await disposeAll([this.fresh, this.accumulate, this.update]);
  }

  private async gradients(request: StepRequest): Promise<StepMeasure> {
    const { step, seed, batches, onMicroStepStart, onMicroStepEnd } = request;
    const sums: Record<string, number> = {};
    let gradientSquaredSum = 0;
    let taken = 0;
    for (const [microStep, pending] of batches.entries()) {
      await onMicroStepStart?.(microStep);
      const before = { lossSum: sums.lossSum ?? 0, weightSum: sums.weightSum ?? 0 };
      for (const portion of this.portions.of(await pending)) {
        const programs = taken === 0 ? this.fresh : this.accumulate;
        const key = Int32Array.of(...randomKey(seed, "dropout"), step, taken);
        const outputs = await programs.run(portion, { randomKey: key });
        for (const [name, values] of Object.entries(outputs)) sums[name] = (sums[name] ?? 0) + first(values);
        gradientSquaredSum = first(outputs.gradientSquaredSum);
        taken += 1;
        await nextTurn();
      }
      await onMicroStepEnd?.(microStep, {
        lossSum: (sums.lossSum ?? 0) - before.lossSum,
        weightSum: (sums.weightSum ?? 0) - before.weightSum,
      });
    }
    const weightSum = sums.weightSum ?? 0;
    const metrics = Object.entries(sums).filter(([name]) => name.startsWith(metricPrefix));
    return {
      loss: (sums.lossSum ?? 0) / weightSum,
      gradNorm: Math.sqrt(gradientSquaredSum) / weightSum,
      weightSum,
      metrics: Object.fromEntries(metrics.map(([name, sum]) => [name.slice(metricPrefix.length), sum / weightSum])),
    };
  }

  private async applyUpdate({ step, learningRate }: StepRequest, measured: StepMeasure): Promise<void> {
    const { optimizer, clipNorm } = this.parts;
    const gradientScale = clipScale(measured.gradNorm, clipNorm) / measured.weightSum;
    const scalars = { ...optimizer.scalars(step, learningRate), gradientScale };
    const inputs: Record<string, TypedArray> = {};
    for (const [name, value] of Object.entries(scalars)) inputs[name] = Float32Array.of(value);
    const program = await this.updateProgram();
    await program.run(inputs);
  }

  private async updateProgram(): Promise<CompiledProgram> {
    const { backend, model, optimizer } = this.parts;
    this.update ??= await backend.compile(updateProgram(model, optimizer));
    return this.update;
  }
}

function first(values: TypedArray | undefined): number {
  return values?.[0] ?? Number.NaN;
}
