import type { Tensor } from "@tensorflow/tfjs-core";
import {
  BatchSourcePoint,
  CheckpointPoint,
  type ComputeBackend,
  ComputePoint,
  type ContributionPoint,
  definePlugin,
  EvaluatorPoint,
  GeneratorPoint,
  type ModelLoader,
  ModelPoint,
  type Objective,
  ObjectivePoint,
  type Optimizer,
  OptimizerPoint,
  SafetyGatePoint,
  SchedulePoint,
  TokenizerPoint,
  TrainerPoint,
} from "codex-core";
import { constantSchedule, cosineSchedule, linearSchedule, warmupStableDecaySchedule } from "codex-nn";
import { z } from "zod";
import { evaluatorOptions, LmEvaluator } from "./evaluate/lm-evaluator.js";
import { generatorOptions, LmGenerator } from "./generate/lm-generator.js";
import { NextTokenObjective } from "./objective/next-token.js";
import { adamWOptions, createAdamWOptimizer } from "./optimizer/adamw.js";
import {
  constantOptions,
  cosineOptions,
  linearOptions,
  planSchedule,
  warmupStableDecayOptions,
} from "./schedule/options.js";
import { LmTrainer } from "./train/lm-trainer.js";
import { trainerOptions } from "./train/options.js";
import { planTrainer } from "./train/plan-trainer.js";

export { trainerErrors } from "./errors.js";
export { evaluateProgram } from "./evaluate/evaluate-program.js";
export { evaluateSplit } from "./evaluate/split-evaluation.js";
export { CachedDecoder } from "./generate/cached-decoder.js";
export { DraftPace } from "./generate/draft-pace.js";
export { type TextEvent, type WriteTextsRequest, writeTexts } from "./generate/write-text.js";
export { NextTokenObjective } from "./objective/next-token.js";
export { type AdamWOptions, createAdamWOptimizer } from "./optimizer/adamw.js";
export { initializeParameters, readParameters } from "./step/resident-tensors.js";
export { stateNames } from "./step/state-names.js";
export {
  type StepMeasure,
  type StepRequest,
  type StepResult,
  TrainingStep,
  type TrainingStepParts,
} from "./step/training-step.js";

/** The tensors of this plugin are tfjs-core's, whatever computes them. */
const compute = ComputePoint as ContributionPoint<ComputeBackend<Tensor>, "one">;
const model = ModelPoint as ContributionPoint<ModelLoader<Tensor>, "one">;
const objective = ObjectivePoint as ContributionPoint<Objective<Tensor>, "one">;
const optimizer = OptimizerPoint as ContributionPoint<Optimizer<Tensor>, "one">;

export default definePlugin({
  name: "codex-plugin-trainer-lm",
  register(registrar) {
    registrar.provide(TrainerPoint, "lm", {
      options: trainerOptions,
      dependencies: {
        data: BatchSourcePoint,
        tokenizer: TokenizerPoint,
        model,
        objective,
        optimizer,
        schedule: SchedulePoint,
        compute,
        checkpoint: CheckpointPoint,
        safety: SafetyGatePoint,
      },
      plan: planTrainer,
      create: (parts, options, context) => new LmTrainer(parts, options, context.logger),
    });
    registrar.provide(EvaluatorPoint, "lm", {
      options: evaluatorOptions,
      dependencies: { data: BatchSourcePoint, tokenizer: TokenizerPoint, model, objective, compute },
      create: (parts, options) => new LmEvaluator(parts, options),
    });
    registrar.provide(GeneratorPoint, "lm", {
      options: generatorOptions,
      dependencies: { tokenizer: TokenizerPoint, model, compute },
      create: (parts, options) => new LmGenerator(parts, options),
    });
    registrar.provide(ObjectivePoint, "next-token", {
      options: z.strictObject({}).describe("Cross-entropy of each next token."),
      create: () => new NextTokenObjective(),
    });
    registrar.provide(OptimizerPoint, "adamw", {
      options: adamWOptions,
      create: (_, options) => createAdamWOptimizer(options),
    });
    registrar.provide(SchedulePoint, "cosine", {
      options: cosineOptions,
      plan: planSchedule,
      create: (_, options) => cosineSchedule(options),
    });
    registrar.provide(SchedulePoint, "linear", {
      options: linearOptions,
      plan: planSchedule,
      create: (_, options) => linearSchedule(options),
    });
    registrar.provide(SchedulePoint, "constant", {
      options: constantOptions,
      plan: planSchedule,
      create: (_, options) => constantSchedule(options),
    });
    registrar.provide(SchedulePoint, "warmup-stable-decay", {
      options: warmupStableDecayOptions,
      plan: planSchedule,
      create: (_, options) => warmupStableDecaySchedule(options),
    });
  },
});
