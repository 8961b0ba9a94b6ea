/** Composing and running by program. Loads the container; plugins need `codex-core` only. */
import "reflect-metadata";

export { inject, injectable, named } from "./container/inversify.js";
export { ContextToken } from "./container/run-container.js";
export type { MetricInterval } from "./evaluation/bootstrap.js";
export { createKernel } from "./run/create-kernel.js";
export type {
  EvaluateSettings,
  EvaluationAnswer,
  GenerateAllSettings,
  GenerateSettings,
  Kernel,
  KernelSettings,
  PartPoints,
  PartReplacement,
  Parts,
  PlanAnswer,
  PlanSettings,
  RefusedText,
  TimeLimits,
  TrainSettings,
  WritingSettings,
} from "./run/kernel-types.js";
export type { ProbeAnswer } from "./run/probe.js";
export type { PartPhase, RunObserver, RunStart, SkippedPart, TrainResult } from "./run/run-observer.js";
