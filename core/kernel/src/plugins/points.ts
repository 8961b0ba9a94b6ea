import { BatchSourcePoint } from "../contracts/batch-source.js";
import { CallbackPoint } from "../contracts/callback.js";
import { CheckpointPoint } from "../contracts/checkpoint-store.js";
import { ComputePoint } from "../contracts/compute-backend.js";
import type { ContributionPoint } from "../contracts/contribution-point.js";
import { CorpusPoint } from "../contracts/corpus.js";
import { EvaluatorPoint } from "../contracts/evaluator.js";
import { GeneratorPoint } from "../contracts/generator.js";
import { MetricPoint } from "../contracts/metric.js";
import { SinkPoint } from "../contracts/metrics-sink.js";
import { ModelPoint } from "../contracts/model-loader.js";
import { ObjectivePoint } from "../contracts/objective.js";
import { OptimizerPoint } from "../contracts/optimizer.js";
import { SafetyPoint } from "../contracts/safety-filter.js";
import { SchedulePoint } from "../contracts/schedule.js";
import { TokenizerPoint } from "../contracts/tokenizer.js";
import { TrackerPoint } from "../contracts/tracker.js";
import { TrainerPoint } from "../contracts/trainer.js";

/** The points that a run's config fills, in the order in which `codex list` shows them. */
export const kernelPoints: readonly ContributionPoint<unknown>[] = Object.freeze([
  CorpusPoint,
  BatchSourcePoint,
  TokenizerPoint,
  ModelPoint,
  ObjectivePoint,
  OptimizerPoint,
  SchedulePoint,
  TrainerPoint,
  EvaluatorPoint,
  MetricPoint,
  GeneratorPoint,
  ComputePoint,
  CheckpointPoint,
  TrackerPoint,
  SafetyPoint,
  CallbackPoint,
]);

/** The points that a manifest can name: those of configs, and sinks, which a command names. */
export const manifestPoints: readonly string[] = [...kernelPoints, SinkPoint].map(({ key }) => key);

/** The points that one config section fills: `data` fills two, every other section one. */
export function pointsOfSection(section: string): readonly ContributionPoint<unknown>[] {
  return kernelPoints.filter((point) => point.section === section);
}

/** The kernel's point of this key, if it is one. */
export function kernelPoint(key: string): ContributionPoint<unknown> | undefined {
  return kernelPoints.find((point) => point.key === key);
}
