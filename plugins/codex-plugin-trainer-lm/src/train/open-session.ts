import {
  type BatchReader,
  type BatchShape,
  type CodexError,
  isCodexError,
  type Logger,
  type TrainingRun,
} from "codex-core";
import { CachedDecoder } from "../generate/cached-decoder.js";
import { Portions } from "../step/portions.js";
import { initializeParameters, loadOptimizerState, loadParameters } from "../step/resident-tensors.js";
import { StateCopy } from "../step/state-copy.js";
import { TrainingStep } from "../step/training-step.js";
import { BatchFeed } from "./batch-feed.js";
import { EarlyStopping } from "./early-stopping.js";
import { HeldOutEvaluation } from "./held-out-evaluation.js";
import type { TrainerOptions } from "./options.js";
import { runLength } from "./run-length.js";
import { SampleWriter } from "./sample-writer.js";
import { StepGuard } from "./step-guard.js";
import type { TrainerParts } from "./trainer-parts.js";
import { loadTrainerState } from "./trainer-state.js";
import { TrainingSession } from "./training-session.js";

/**
 * Makes a run ready: model and data opened, parameters and optimizer state resident, from the seed or from the
 * checkpoint to go on from.
 *
 * @throws CODEX_TRAIN_NO_END, CODEX_TRAIN_RESUME_MISMATCH, CODEX_TRAIN_MODEL_MISMATCH
 */
export async function openSession(
  parts: TrainerParts,
  options: TrainerOptions,
  run: TrainingRun,
  logger: Logger,
): Promise<TrainingSession> {
  const { data, tokenizer, objective, optimizer, compute: backend, safety } = parts;
  const model = await parts.model.load({ vocabSize: tokenizer.vocabSize, dtype: "float32" });
  const shape = { microBatch: options.microBatch, contextLength: model.contextLength };
  const reader = await data.open("train", shape);
  const heldOut = await openHeldOut(parts, shape, options, logger);
  const maxSteps = runLength(options, reader.microBatchesPerEpoch);
  const stepsPerEpoch = Math.ceil(reader.microBatchesPerEpoch / options.gradAccumSteps);
  const identity = { seed: run.seed, data: data.fingerprint, ...shape };
  const { resumeFrom } = run;
  const saved = resumeFrom && loadTrainerState(resumeFrom, identity, run.allowChanged);
  const { shapes = [shape] } = reader;
  const portions = new Portions({
    shapes: [...shapes, ...(heldOut?.shapes ?? [])],
    objective,
    count: saved?.portions,
    ...(options.halveMicroBatch ? { onShort: tellOfPortions(run, options) } : {}),
  });
  const { clipNorm } = options;
  const trainingStep = new TrainingStep({ backend, model, objective, optimizer, shape, shapes, portions, clipNorm });
  await trainingStep.prepare();
  if (resumeFrom) {
    await loadParameters(backend, model, resumeFrom);
    await loadOptimizerState(backend, model, optimizer, resumeFrom);
  } else {
    await initializeParameters(backend, model, run.seed);
  }
  const start = {
    step: resumeFrom?.step ?? 0,
    position: saved?.position ?? 0,
    evaluated: saved?.evaluated ?? false,
    sampled: saved?.sampled ?? false,
    metrics: resumeFrom?.metrics ?? {},
  };
  await run.begin();
  const { earlyStopping, sample } = options;
  const decoder = new CachedDecoder(backend, model);
  return new TrainingSession({
    parts,
    options,
    run,
    logger,
    model,
    identity,
    reader,
    feed: new BatchFeed(reader, start.position),
    maxSteps,
    portions,
    trainingStep,
    stateCopy: new StateCopy(backend, model, optimizer),
    evaluation:
      heldOut &&
      new HeldOutEvaluation({
        reader: heldOut,
        backend,
        model,
        objective,
        shape,
        portions,
        maxBatches: options.evalBatches,
      }),
    decoder,
    samples: sample && new SampleWriter({ decoder, tokenizer, safety, logger, seed: run.seed }, sample),
    guard: new StepGuard(options.guard, stepsPerEpoch, saved?.guard),
    earlyStopping: earlyStopping && new EarlyStopping(earlyStopping, saved?.earlyStopping ?? undefined),
    start,
  });
}

/** The validation split; it may be missing where nothing but the evaluation at the end would read it. */
async function openHeldOut(
  { data }: Pick<TrainerParts, "data">,
  shape: BatchShape,
  { evalEvery, earlyStopping }: TrainerOptions,
  logger: Logger,
): Promise<BatchReader | undefined> {
  try {
    return await data.open("validation", shape);
  } catch (error) {
    const isNeeded = evalEvery !== undefined || earlyStopping !== undefined;
    if (isNeeded || !isCodexError(error) || error.code !== "CODEX_DATA_SPLIT_TOO_SHORT") throw error;
    logger.warn("Nothing is evaluated, because the validation split is too short.", { reason: error.what });
    return undefined;
  }
}

/** Tells the user, the log and the events that memory was short. */
function tellOfPortions(
  run: TrainingRun,
  options: Pick<TrainerOptions, "microBatch" | "gradAccumSteps">,
): (portions: number, reason: CodexError) => void {
  return (portions, { what }) => {
    const microBatch = options.microBatch / portions;
    const gradAccumSteps = options.gradAccumSteps * portions;
    run.hooks.notice({
      event: "microBatchHalved",
      text: `Memory was short: the run goes on with a microBatch of ${microBatch} and ${gradAccumSteps} gradAccumSteps, over the same sequences.`,
      facts: { microBatch, gradAccumSteps, reason: what },
    });
  };
}
