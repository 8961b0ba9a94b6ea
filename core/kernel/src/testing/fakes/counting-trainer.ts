import { setTimeout as sleep } from "node:timers/promises";
import type { BatchSource } from "../../contracts/batch-source.js";
import type { CallbackAnswer } from "../../contracts/callback.js";
import type { CheckpointStore } from "../../contracts/checkpoint-store.js";
import type { Trainer, TrainingOutcome, TrainingRun } from "../../contracts/trainer.js";

export interface CountingTrainerOptions {
  readonly maxSteps: number;
  readonly saveEvery: number;
  readonly evalEvery: number;
  /** Milliseconds that a step takes. */
  readonly stepMs: number;
}

/** A training loop without maths: it counts steps, tells of each, and keeps the count as the model's only parameter. */
export class CountingTrainer implements Trainer {
  constructor(
    readonly parts: { readonly data?: BatchSource; readonly checkpoint: CheckpointStore },
    readonly options: CountingTrainerOptions,
  ) {}

  async train(run: TrainingRun): Promise<TrainingOutcome> {
    const { maxSteps, saveEvery, evalEvery, stepMs } = this.options;
    let step = run.resumeFrom?.step ?? 0;
    let metrics = { ...run.resumeFrom?.metrics };
    const reader = await this.parts.data?.open("train", { microBatch: 1, contextLength: 4 });
    await run.begin();
    while (step < maxSteps) {
      if (run.signal.aborted) return this.#end(run, step, metrics, "signal");
      const micro = { step: step + 1, microStep: 0, gradAccumSteps: 1 };
      await run.hooks.stepStart?.({ step: step + 1, maxSteps });
      await run.hooks.microStepStart?.(micro);
      await reader?.read(step);
      if (stepMs > 0) await sleep(stepMs);
      step++;
      await run.hooks.microStepEnd?.({ ...micro, loss: 4 / step, weightSum: 1 });
      metrics = { ...metrics, "train/loss": 4 / step };
      const epoch = reader ? step / reader.microBatchesPerEpoch : 0;
      const answers: CallbackAnswer[] = [];
      answers.push(await run.hooks.stepEnd({ step, maxSteps, epoch, metrics: { "train/loss": 4 / step } }));
      if (!run.isProbe && step % evalEvery === 0) {
        await run.hooks.evaluationStart?.({ step });
        metrics = { ...metrics, "eval/loss": 5 / step };
        answers.push(await run.hooks.evaluationEnd({ step, metrics: { "eval/loss": 5 / step } }));
        run.hooks.sample({ step, prompt: "the", text: ` sample after ${step}` });
      }
      const wanted = answers.some((answer) => answer.save);
      if (wanted || step % saveEvery === 0 || step === maxSteps) answers.push(await this.#save(run, step, metrics));
      const stop = answers.find((answer) => answer.stop !== undefined)?.stop;
      if (stop !== undefined) return { status: "finished", reason: stop, step, metrics };
    }
    return { status: "finished", reason: "maxSteps", step, metrics };
  }

  async #end(
    run: TrainingRun,
    step: number,
    metrics: TrainingOutcome["metrics"],
    reason: string,
  ): Promise<TrainingOutcome> {
    await this.#save(run, step, metrics);
    return { status: "interrupted", reason, step, metrics };
  }

  async #save(run: TrainingRun, step: number, metrics: TrainingOutcome["metrics"]): Promise<CallbackAnswer> {
    await run.hooks.checkpointStart?.({ step });
    const saved = await this.parts.checkpoint.save({
      step,
      model: { count: { shape: [1], dtype: "float32", data: Float32Array.of(step) } },
      optimizer: {},
      modelDescription: { family: "fake" },
      parts: { ...run.partStates(), trainer: { version: 1, state: { step } } },
      metrics,
      attachments: run.attachments,
    });
    return run.hooks.checkpointSaved(saved);
  }
}
