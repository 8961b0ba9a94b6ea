import type { Tensor } from "@tensorflow/tfjs-core";
import type {
  BatchReader,
  CallbackAnswer,
  CausalLanguageModel,
  Checkpoint,
  Logger,
  Named,
  TrainingRun,
} from "codex-core";
import type { CachedDecoder } from "../generate/cached-decoder.js";
import { disposeAll } from "../step/dispose-all.js";
import type { Portions } from "../step/portions.js";
import type { StateCopy } from "../step/state-copy.js";
import type { StepRequest, StepResult, TrainingStep } from "../step/training-step.js";
import { BackgroundSave } from "./background-save.js";
import type { BatchFeed } from "./batch-feed.js";
import type { EarlyStopping } from "./early-stopping.js";
import type { HeldOutEvaluation } from "./held-out-evaluation.js";
import type { TrainerOptions } from "./options.js";
import type { SampleWriter } from "./sample-writer.js";
import type { StepGuard } from "./step-guard.js";
import { StepMeter } from "./step-meter.js";
import type { TrainerParts } from "./trainer-parts.js";
import { type RunIdentity, saveTrainerState } from "./trainer-state.js";

/** All that one run works with. */
export interface SessionParts {
  readonly parts: TrainerParts;
  readonly options: TrainerOptions;
  readonly run: TrainingRun;
  readonly logger: Logger;
  readonly model: CausalLanguageModel<Tensor>;
  readonly identity: RunIdentity;
  readonly reader: BatchReader;
  readonly feed: BatchFeed;
  readonly maxSteps: number;
  readonly portions: Portions;
  readonly trainingStep: TrainingStep;
  readonly stateCopy: StateCopy;
  /** Undefined when there is nothing to evaluate on. */
  readonly evaluation: HeldOutEvaluation | undefined;
  readonly decoder: CachedDecoder;
  readonly samples: SampleWriter | undefined;
  readonly guard: StepGuard;
  readonly earlyStopping: EarlyStopping | undefined;
  readonly start: SessionStart;
}

/** Where a run begins. */
export interface SessionStart {
  /** Completed steps. */
  readonly step: number;
  /** MicroBatches taken. */
  readonly position: number;
  /** Whether that step was evaluated, and its sample written. */
  readonly evaluated: boolean;
  readonly sampled: boolean;
  /** The metrics that the checkpoint knows. */
  readonly metrics: Named<number>;
}

/** What the loop of a run does, a call each, and what it remembers between them. */
export class TrainingSession {
  /** Completed steps. */
  step: number;
  /** MicroBatches taken. */
  private position: number;
  private trainMetrics: Record<string, number> = {};
  private evaluationMetrics: Record<string, number> = {};
  private evaluatedStep: number | undefined;
  private sampledStep: number | undefined;
  private savedStep: number | undefined;
  private readonly saves: BackgroundSave;
  private readonly meter = new StepMeter();

  constructor(private readonly session: SessionParts) {
    const { step, position, evaluated, sampled, metrics } = session.start;
    this.step = step;
    this.position = position;
    if (evaluated) this.evaluatedStep = step;
    if (sampled) this.sampledStep = step;
    this.saves = new BackgroundSave(session.parts.checkpoint);
    for (const [name, value] of Object.entries(metrics)) {
      (name.startsWith("eval/") ? this.evaluationMetrics : this.trainMetrics)[name] = value;
    }
  }

  get maxSteps(): number {
    return this.session.maxSteps;
  }

  /** The last known metrics. */
  get metrics(): Named<number> {
    return { ...this.trainMetrics, ...this.evaluationMetrics };
  }

  get isEvaluated(): boolean {
    return this.evaluatedStep === this.step;
  }

  get isSampled(): boolean {
    return this.sampledStep === this.step;
  }

  get isSaved(): boolean {
    return this.savedStep === this.step;
  }

  get isStoppedEarly(): boolean {
    return this.session.earlyStopping?.isExhausted ?? false;
  }

  /** Whether something that happens every so many steps happens now. */
  isDue(every: number | undefined): boolean {
    return every !== undefined && this.step % every === 0;
  }

  /**
   * Takes one step. False when the guard skipped it: the data moves on, all else stays as it was.
   *
   * @throws CODEX_TRAIN_UNSTABLE, CODEX_TRAIN_NOTHING_TO_LEARN when the guard has skipped too many.
   */
  async takeStep(): Promise<boolean> {
    const { parts, options, run, guard, feed, maxSteps, trainingStep } = this.session;
    await run.hooks.stepStart?.({ step: this.step + 1, maxSteps });
    const startedAt = performance.now();
    await parts.objective.prepare?.(this.step);
    const learningRate = parts.schedule.learningRate(this.step, {
      maxSteps,
      learningRate: parts.optimizer.learningRate,
    });
    let objection: string | undefined;
    const result = await trainingStep.run({
      step: this.step,
      learningRate,
      seed: run.seed,
      batches: feed.take(options.gradAccumSteps),
      ...this.microStepHooks(),
      accept: (measured) => {
        objection = guard.objection(measured);
        return objection === undefined;
      },
    });
    this.position += options.gradAccumSteps;
    guard.record(result, objection, this.step);
    if (objection !== undefined) {
      this.session.logger.warn("A step was skipped.", { completedSteps: this.step, reason: objection });
      return false;
    }
    this.step += 1;
    this.meter.add(result.weightSum, performance.now() - startedAt);
    this.trainMetrics = trainMetricsOf(result, learningRate);
    return true;
  }

  /** Tells what the last step was like. */
  async report(): Promise<CallbackAnswer> {
    const { run, maxSteps, reader } = this.session;
    Object.assign(this.trainMetrics, this.meter.read());
    const epoch = this.position / reader.microBatchesPerEpoch;
    return run.hooks.stepEnd({ step: this.step, maxSteps, epoch, metrics: { ...this.trainMetrics } });
  }

  /** Measures the validation split. Nothing is reported when the run is stopped meanwhile. */
  async evaluate(): Promise<CallbackAnswer> {
    const { run, evaluation, earlyStopping } = this.session;
    if (evaluation) await run.hooks.evaluationStart?.({ step: this.step });
    const metrics = await evaluation?.run(run.signal);
    if (!metrics) return {};
    this.evaluationMetrics = { ...metrics };
    this.evaluatedStep = this.step;
    earlyStopping?.record(metrics);
    return run.hooks.evaluationEnd({ step: this.step, metrics });
  }

  /**
   * Starts saving the run as it is now. Waits for the save before, and for a copy of the state; the writing goes on
   * beside the next steps.
   *
   * @throws what the save before failed with
   */
  async save(): Promise<CallbackAnswer> {
    const answer = await this.finishSave();
    await this.session.run.hooks.checkpointStart?.({ step: this.step });
    this.saves.start(await this.checkpoint());
    this.savedStep = this.step;
    return answer;
  }

  /**
   * Tells of a checkpoint that has become durable meanwhile.
   *
   * @throws what its save failed with
   */
  async reportSave(): Promise<CallbackAnswer> {
    const saved = this.saves.taken();
    return saved ? this.session.run.hooks.checkpointSaved(saved) : {};
  }

  /** Waits for the save that is going on, and tells of it. */
  async finishSave(): Promise<CallbackAnswer> {
    await this.saves.wait();
    return this.reportSave();
  }

  async writeSample(): Promise<void> {
    const { run, samples } = this.session;
    const sample = await samples?.write(this.step, run.signal);
    if (run.signal.aborted) return;
    this.sampledStep = this.step;
    if (sample) run.hooks.sample(sample);
  }

  async dispose(): Promise<void> {
    const { trainingStep, evaluation, decoder } = this.session;
    await disposeAll([trainingStep, evaluation, decoder]);
  }

  /** What a step has to tell of its microSteps, where somebody asks. */
  private microStepHooks(): Pick<StepRequest, "onMicroStepStart" | "onMicroStepEnd"> {
    const { microStepStart, microStepEnd } = this.session.run.hooks;
    const facts = { step: this.step + 1, gradAccumSteps: this.session.options.gradAccumSteps };
    return {
      onMicroStepStart: microStepStart && ((microStep) => microStepStart({ ...facts, microStep })),
      onMicroStepEnd:
        microStepEnd &&
        ((microStep, { lossSum, weightSum }) =>
          microStepEnd({ ...facts, microStep, loss: lossSum / weightSum, weightSum })),
    };
  }

  private async checkpoint(): Promise<Checkpoint> {
    const { run, model, identity, portions, guard, earlyStopping, stateCopy } = this.session;
    const state = saveTrainerState({
      identity,
      position: this.position,
      portions: portions.count,
      guard: guard.state,
      earlyStopping: earlyStopping?.state ?? null,
      evaluated: this.isEvaluated,
      sampled: this.isSampled,
    });
    return {
      step: this.step,
      ...(await stateCopy.take()),
      modelDescription: model.description,
      parts: { ...run.partStates(), trainer: state },
      metrics: this.isEvaluated ? this.metrics : { ...this.trainMetrics },
      attachments: run.attachments,
    };
  }
}

function trainMetricsOf({ loss, gradNorm, metrics }: StepResult, learningRate: number): Record<string, number> {
  const own = Object.entries(metrics).map(([name, value]) => [`train/${name}`, value]);
  return {
    "train/loss": loss,
    "train/gradNorm": gradNorm,
    "train/learningRate": learningRate,
    ...Object.fromEntries(own),
  };
}
