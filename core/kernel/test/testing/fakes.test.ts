import {
  BatchSourcePoint,
  EvaluatorPoint,
  GeneratorPoint,
  type LoadedCheckpoint,
  MetricPoint,
  ModelPoint,
  ObjectivePoint,
  OptimizerPoint,
  SchedulePoint,
} from "codex-core";
import {
  ByteTokenizer,
  CountingTrainer,
  createFromPlugin,
  describeBatchSource,
  describeCallback,
  describeCheckpointStore,
  describeCorpus,
  describeEvaluator,
  describeGenerator,
  describeMetric,
  describeModelLoader,
  describeObjective,
  describeOptimizer,
  describeSafetyFilter,
  describeSchedule,
  describeTokenizer,
  describeTracker,
  describeTrainer,
  fakePlugin,
  JsonCheckpointStore,
  MemoryBatchSource,
  MemoryCorpus,
  MemoryTracker,
  WordFilter,
} from "codex-core/testing";

const corpus = new MemoryCorpus(["the whale swims in the sea. ".repeat(30), "call me anything you like. ".repeat(30)]);
const checkpoint: LoadedCheckpoint = {
  path: "/nowhere",
  step: 4,
  model: {},
  optimizer: {},
  modelDescription: {},
  parts: {},
  metrics: {},
};

describeTokenizer("fake", () => new ByteTokenizer(), {
  restore: (folder) => ByteTokenizer.restore(folder),
  texts: ["the cat sat on the mat", "eine Möwe über \u{1f40b} und Wasser"],
});
describeCorpus("fake", () => corpus);
describeBatchSource("fake", () => MemoryBatchSource.create(corpus, new ByteTokenizer(), 1), {
  vocabSize: 257,
  createWithSeed: (seed) => MemoryBatchSource.create(corpus, new ByteTokenizer(), seed),
});
describeCheckpointStore("fake", (runFolder) => new JsonCheckpointStore(runFolder));
describeTracker("fake", () => new MemoryTracker());
describeSafetyFilter("fake", () => new WordFilter("forbidden", "refuse"), {
  unwanted: { text: "a forbidden word", stage: "prompt" },
});
describeSchedule("fake", () => createFromPlugin(fakePlugin, SchedulePoint, "fake"));
describeModelLoader("fake", () => createFromPlugin(fakePlugin, ModelPoint, "fake"));
describeObjective("fake", () => createFromPlugin(fakePlugin, ObjectivePoint, "fake"));
describeOptimizer("fake", () => createFromPlugin(fakePlugin, OptimizerPoint, "fake"));
describeCallback("fake", () => ({ stepEnd: ({ step }) => (step === 2 ? { save: true } : undefined) }));
describeTrainer("fake", ({ maxSteps, checkpoint: store }) => {
  return new CountingTrainer({ checkpoint: store }, { maxSteps, saveEvery: 1000, evalEvery: 2, stepMs: 0 });
});
describeEvaluator("fake", async () => {
  const data = await createFromPlugin(fakePlugin, BatchSourcePoint, "fake", {
    dependencies: { corpus, tokenizer: new ByteTokenizer() },
  });
  const evaluator = await createFromPlugin(fakePlugin, EvaluatorPoint, "fake", { dependencies: { data } });
  const continuations = [
    { context: "the sea", text: " is deep" },
    { context: "", text: "whale" },
  ];
  return { evaluator, checkpoint, continuations };
});
for (const input of ["tokens", "text", "choices"] as const) {
  describeMetric(`fake of ${input}`, () => createFromPlugin(fakePlugin, MetricPoint, "fake", { options: { input } }));
}
describeGenerator("fake", async () => {
  const dependencies = { tokenizer: new ByteTokenizer() };
  const generator = await createFromPlugin(fakePlugin, GeneratorPoint, "fake", { dependencies });
  return { generator, checkpoint, prompt: "eight tokens" };
});
