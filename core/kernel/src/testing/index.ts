/**
 * Conformance suites of the contracts, and what tests of parts need. Runs under mocha (or any runner with globals). What
 * needs tensors (compute backends and their operators) is in codex-nn/testing.
 */
export { assertFingerprint, deepFreeze, rejection, settles } from "./assertions.js";
export {
  createFromPlugin,
  createTestContext,
  factsFromPlugin,
  type PluginTestSettings,
  restoreFromPlugin,
  silentLogger,
} from "./create-from-plugin.js";
export { type BatchSourceSuiteSettings, describeBatchSource } from "./describe-batch-source.js";
export { describeCallback } from "./describe-callback.js";
export { createTestCheckpoint, describeCheckpointStore } from "./describe-checkpoint-store.js";
export { describeCorpus } from "./describe-corpus.js";
export { describeEvaluator, type EvaluatorSubject } from "./describe-evaluator.js";
export { describeGenerator, type GeneratorSubject } from "./describe-generator.js";
export { describeMetric } from "./describe-metric.js";
export {
  createMetricsRow,
  createMetricsRun,
  describeMetricsSink,
  type MetricsSinkSuiteSettings,
  type StoredValue,
} from "./describe-metrics-sink.js";
export { describeModelLoader, type ModelLoaderSuiteSettings } from "./describe-model-loader.js";
export { describeObjective } from "./describe-objective.js";
export { describeOptimizer } from "./describe-optimizer.js";
export { describeSafetyFilter, type SafetyFilterSuiteSettings } from "./describe-safety-filter.js";
export { describeSchedule } from "./describe-schedule.js";
export { describeTokenizer, type TokenizerSuiteSettings } from "./describe-tokenizer.js";
export {
  createMetricsRecords,
  createOddRecords,
  createRunDescription,
  describeTracker,
  type ReadMetric,
  type TrackerSuiteSettings,
} from "./describe-tracker.js";
export { describeTrainer, type TrainerSuiteSettings } from "./describe-trainer.js";
export { ByteTokenizer } from "./fakes/byte-tokenizer.js";
export { CountingTrainer, type CountingTrainerOptions } from "./fakes/counting-trainer.js";
export { FakeEvaluator } from "./fakes/fake-evaluator.js";
export { fakeMetric } from "./fakes/fake-metric.js";
export { FakeModelLoader } from "./fakes/fake-model.js";
export { createFakeConfig, fakePlugin } from "./fakes/fake-plugin.js";
export { JsonCheckpointStore } from "./fakes/json-checkpoint-store.js";
export { MemoryCompute } from "./fakes/memory-compute.js";
export { MemoryBatchSource, MemoryCorpus } from "./fakes/memory-data.js";
export { MemoryTracker, type MemoryTrackerOptions } from "./fakes/memory-tracker.js";
export { WordFilter } from "./fakes/word-filter.js";
export { createTemporaryFolder, removeTemporaryFolders } from "./temporary-folder.js";
