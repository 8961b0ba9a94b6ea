import type { CallbackAnswer, Logger, Trainer, TrainingOutcome, TrainingRun } from "codex-core";
import { openSession } from "./open-session.js";
import type { TrainerOptions } from "./options.js";
import type { TrainerParts } from "./trainer-parts.js";
import type { TrainingSession } from "./training-session.js";

/** What a probe does between its steps. */
const probing: Pick<TrainerOptions, "evalEvery" | "logEvery" | "sample"> = { logEvery: 1 };

type Stop = Pick<TrainingOutcome, "status" | "reason">;

/** Trains a language model: steps, and between them reports, evaluations, samples and checkpoints. */
export class LmTrainer implements Trainer {
  constructor(
    private readonly parts: TrainerParts,
    private readonly options: TrainerOptions,
    private readonly logger: Logger,
  ) {}

  /** The run's length, where neither the schedule nor, by the evaluation at the end, early stopping depends on it. */
  get observingOptions(): readonly string[] {
    const usesLength = this.parts.schedule.usesMaxSteps !== false || this.options.earlyStopping !== undefined;
    return usesLength ? [] : ["maxSteps", "maxEpochs"];
  }

  /**
   * Trains until the steps are done, or something asks to stop. Whatever the reason, the last completed step is saved.
   *
   * @throws CODEX_TRAIN_NO_END, CODEX_TRAIN_RESUME_MISMATCH, CODEX_TRAIN_MODEL_MISMATCH, CODEX_TRAIN_UNSTABLE,
   *   CODEX_TRAIN_NOTHING_TO_LEARN, CODEX_TRAIN_MONITOR
   */
  async train(run: TrainingRun): Promise<TrainingOutcome> {
    const startedAtMs = Date.now();
    const session = await openSession(this.parts, this.options, run, this.logger);
    try {
      return await this.loop(session, run, startedAtMs);
    } catch (error) {
      await this.keepSave(session);
      throw error;
    } finally {
      await session.dispose();
    }
  }

  /** The checkpoint that is being written when a run fails is its last one; what failed first is what is told. */
  private async keepSave(session: TrainingSession): Promise<void> {
    try {
      await session.finishSave();
    } catch (failure) {
      const reason = failure instanceof Error ? failure.message : String(failure);
      this.logger.warn("The last checkpoint was not saved.", { completedSteps: session.step, reason });
    }
  }

  private async loop(session: TrainingSession, run: TrainingRun, startedAtMs: number): Promise<TrainingOutcome> {
    const { evalEvery, logEvery, sample } = run.isProbe ? probing : this.options;
    const saveEvery = this.parts.checkpoint.every;
    await this.catchUp(session);
    let stop = this.stopFor([], session, run, startedAtMs);
    while (!stop && session.step < session.maxSteps) {
      const answers: CallbackAnswer[] = [];
      if (await session.takeStep()) {
        const isLast = session.step === session.maxSteps;
        if (isLast || session.isDue(logEvery)) answers.push(await session.report());
        if (isLast || session.isDue(evalEvery)) answers.push(await session.evaluate());
        if (session.isDue(sample?.every)) await session.writeSample();
        if (session.isDue(saveEvery) || answers.some(({ save }) => save)) answers.push(await session.save());
      }
      answers.push(await session.reportSave());
      stop = this.stopFor(answers, session, run, startedAtMs);
    }
    const end: Stop = stop ?? { status: "finished", reason: "maxSteps" };
    const isFinished = end.status === "finished";
    if (isFinished && !session.isEvaluated) await session.evaluate();
    if (isFinished && !session.isSampled) await session.writeSample();
    if (!session.isSaved) await session.save();
    await session.finishSave();
    return { ...end, step: session.step, metrics: session.metrics };
  }

  /** Does what was due at the step that the run goes on from, when it was stopped before it came to that. */
  private async catchUp(session: TrainingSession): Promise<void> {
    const { evalEvery, sample } = this.options;
    if (session.step === 0) return;
    if (session.isDue(evalEvery) && !session.isEvaluated) await session.evaluate();
    if (session.isDue(sample?.every) && !session.isSampled) await session.writeSample();
  }

  private stopFor(
    answers: readonly CallbackAnswer[],
    session: TrainingSession,
    run: TrainingRun,
    startedAtMs: number,
  ): Stop | undefined {
    const { maxWallTimeSeconds = Number.POSITIVE_INFINITY } = this.options;
    if (run.signal.aborted) return { status: "interrupted", reason: "signal" };
    if (Date.now() - startedAtMs >= maxWallTimeSeconds * 1000) return { status: "interrupted", reason: "wallTime" };
    if (session.isStoppedEarly) return { status: "finished", reason: "earlyStopping" };
    const asked = answers.find(({ stop }) => stop !== undefined)?.stop;
    return asked === undefined ? undefined : { status: "finished", reason: asked };
  }
}
