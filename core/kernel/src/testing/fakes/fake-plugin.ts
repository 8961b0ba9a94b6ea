import { z } from "zod";
import { BatchSourcePoint } from "../../contracts/batch-source.js";
import { CheckpointPoint } from "../../contracts/checkpoint-store.js";
import { ComputePoint } from "../../contracts/compute-backend.js";
import { CorpusPoint } from "../../contracts/corpus.js";
import { EvaluatorPoint } from "../../contracts/evaluator.js";
import { GeneratorPoint } from "../../contracts/generator.js";
import type { JsonObject } from "../../contracts/json.js";
import { MetricPoint } from "../../contracts/metric.js";
import { ModelPoint } from "../../contracts/model-loader.js";
import { ObjectivePoint } from "../../contracts/objective.js";
import { OptimizerPoint } from "../../contracts/optimizer.js";
import { definePlugin } from "../../contracts/plugin.js";
import { SafetyPoint } from "../../contracts/safety-filter.js";
import { SafetyGatePoint } from "../../contracts/safety-gate.js";
import { SchedulePoint } from "../../contracts/schedule.js";
import { TokenizerPoint } from "../../contracts/tokenizer.js";
import { TrackerPoint } from "../../contracts/tracker.js";
import { TrainerPoint } from "../../contracts/trainer.js";
import { ByteTokenizer } from "./byte-tokenizer.js";
import { CountingTrainer } from "./counting-trainer.js";
import { FakeEvaluator } from "./fake-evaluator.js";
import { fakeMetric } from "./fake-metric.js";
import { FakeModelLoader } from "./fake-model.js";
import { JsonCheckpointStore } from "./json-checkpoint-store.js";
import { MemoryCompute } from "./memory-compute.js";
import { fakeDataErrors, MemoryBatchSource, MemoryCorpus } from "./memory-data.js";
import { MemoryTracker } from "./memory-tracker.js";
import { WordFilter } from "./word-filter.js";

const dataOptions = z.strictObject({
  texts: z.array(z.string()).default(["the whale swims in the sea. ".repeat(20), "call me anything. ".repeat(20)]),
  sources: z
    .array(z.strictObject({ name: z.string(), weight: z.number(), license: z.string().optional() }))
    .min(1)
    .optional(),
  license: z.string().optional(),
  dataset: z.string().optional(),
  fingerprint: z.string().optional(),
});

const trainerOptions = z.strictObject({
  maxSteps: z.int().positive().default(5),
  saveEvery: z.int().positive().default(5),
  evalEvery: z.int().positive().default(1000),
  stepMs: z.number().nonnegative().default(0),
  microBatch: z.int().positive().optional(),
  gradAccumSteps: z.int().positive().optional(),
});

const trackerOptions = z.strictObject({
  writeMs: z.number().default(0),
  failures: z.number().default(0),
  failOpen: z.boolean().default(false),
});

const none = z.strictObject({});

/** A plugin that fills every point under the type `fake`, so that a kernel runs without tensors. */
export const fakePlugin = definePlugin({
  name: "codex-plugin-fake",
  register(registrar) {
    registrar.provide(CorpusPoint, "fake", {
      options: dataOptions,
      create: async (_, { texts, license, sources = [{ name: "memory", weight: 1, license }], ...named }) => {
        const { dataset, fingerprint } = named;
        const corpus = new MemoryCorpus(texts, sources);
        if (fingerprint === undefined || fingerprint === (await corpus.fingerprint())) return corpus;
        throw fakeDataErrors.CODEX_FAKE_DATA_CHANGED({ what: `The texts are not those of ${dataset}.` });
      },
    });
    registrar.provide(BatchSourcePoint, "fake", {
      options: dataOptions,
      dependencies: { corpus: CorpusPoint, tokenizer: TokenizerPoint, safety: SafetyGatePoint },
      create: ({ corpus, tokenizer }, _, { seed }) => MemoryBatchSource.create(corpus, tokenizer, seed),
    });
    registrar.provide(TokenizerPoint, "fake", {
      options: none,
      create: () => new ByteTokenizer(),
      restore: (folder) => ByteTokenizer.restore(folder),
    });
    registrar.provide(ModelPoint, "fake", { options: none, create: () => new FakeModelLoader() });
    registrar.provide(ObjectivePoint, "fake", {
      options: none,
      create: () => ({
        inputs: ({ microBatch, contextLength }) => ({
          tokenIds: { shape: [microBatch, contextLength], dtype: "int32" },
        }),
        loss: () => {
          throw new TypeError("the fake objective has no passes");
        },
      }),
    });
    registrar.provide(OptimizerPoint, "fake", {
      options: none,
      create: () => ({
        learningRate: 1e-3,
        slots: () => ({}),
        scalars: () => ({}),
        update: (_name: string, current) => current,
      }),
    });
    registrar.provide(SchedulePoint, "fake", {
      options: none,
      create: () => ({ learningRate: (_step, span) => span.learningRate, usesMaxSteps: false }),
    });
    registrar.provide(ComputePoint, "fake", { options: none, create: () => new MemoryCompute() as never });
    registrar.provide(CheckpointPoint, "fake", {
      options: none,
      create: (_dependencies, _options, { folders }) => new JsonCheckpointStore(folders.run),
    });
    registrar.provide(TrainerPoint, "fake", {
      options: trainerOptions,
      dependencies: { data: BatchSourcePoint, checkpoint: CheckpointPoint, model: ModelPoint, compute: ComputePoint },
      create: (parts, options) => new CountingTrainer(parts, options),
    });
    registrar.provide(EvaluatorPoint, "fake", {
      options: none,
      dependencies: { data: BatchSourcePoint },
      create: () => new FakeEvaluator(),
    });
    registrar.provide(MetricPoint, "fake", {
      options: z.strictObject({ input: z.enum(["tokens", "text", "choices"]).default("tokens") }),
      create: (_, { input }) => fakeMetric(input),
    });
    registrar.provide(GeneratorPoint, "fake", {
      options: none,
      dependencies: { tokenizer: TokenizerPoint },
      create: ({ tokenizer }) => ({
        /** Says the prompt again, a token at a time. */
        async *generate({ prompt, maxNewTokens, signal }) {
          for (const tokenId of tokenizer.encode(prompt).slice(0, maxNewTokens)) {
            if (signal.aborted) return "signal" as const;
            yield { tokenId, text: tokenizer.decode([tokenId]) };
          }
          return "length" as const;
        },
      }),
    });
    registrar.provide(TrackerPoint, "fake", {
      options: trackerOptions,
      create: (_, options) => new MemoryTracker(options),
    });
    registrar.provide(SafetyPoint, "fake", {
      options: z.strictObject({
        word: z.string().default("forbidden"),
        action: z.enum(["redact", "drop", "refuse"]).default("redact"),
      }),
      create: (_, { word, action }) => new WordFilter(word, action),
    });
  },
});

/** A config whose every part is of the type `fake`. */
export function createFakeConfig(overrides: JsonObject = {}): JsonObject {
  const fake = { type: "fake" };
  return {
    data: fake,
    tokenizer: fake,
    model: fake,
    objective: fake,
    optimizer: fake,
    schedule: fake,
    trainer: fake,
    evaluator: fake,
    generator: fake,
    compute: fake,
    checkpoint: fake,
    tracker: {},
    safety: {},
    ...overrides,
  };
}
