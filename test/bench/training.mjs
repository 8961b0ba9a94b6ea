import { GptLoader } from "codex-plugin-model-gpt";
import { createAdamWOptimizer, NextTokenObjective, TrainingStep } from "codex-plugin-trainer-lm";
import { batchOf, makeSequences, readReference } from "./reference-data.mjs";

/**
 * A training run by the plugins' own parts, with the peer's optimizer settings: AdamW, betas 0.9 and 0.95, decay 0.1,
 * clip norm 1, constant rate 1e-3.
 *
 * @param {object} settings shape; the compute backend; a folder of the peer's export, or none for our own start
 */
export async function createTraining({ shape, backend, reference }) {
  const { microBatch, contextLength, vocabSize, ...sizes } = shape;
  const loader = new GptLoader({ ...sizes, contextLength, dropout: 0, bias: true });
  const model = await loader.load({ vocabSize, dtype: "float32" });
  const data = reference ? await readReference(reference) : { sequences: makeSequences(shape) };
  const step = new TrainingStep({
    backend,
    model,
    objective: new NextTokenObjective(),
    optimizer: createAdamWOptimizer({ learningRate: 1e-3, betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.1 }),
    shape: { microBatch, contextLength },
    clipNorm: 1,
  });
  for (const [name, spec] of Object.entries(model.parameters)) {
    if (!data.tensors) break;
    await backend.writeState({ [`parameter/${name}`]: { ...spec, data: data.tensors[name].data } });
  }
  if (!data.tensors) {
    for (const [name, values] of model.initialize(1)) {
      await backend.writeState({ [`parameter/${name}`]: { ...model.parameters[name], data: values } });
    }
  }
  const sizesOf = Object.values(model.parameters).map((spec) =>
    spec.shape.reduce((product, size) => product * size, 1),
  );
  let done = 0;
  return {
    parameters: sizesOf.reduce((sum, size) => sum + size, 0),
    /** Losses of the export, when there is one. */
    losses: data.losses,
    /** Runs one step. */
    async next() {
      const started = performance.now();
      const batch = batchOf(data.sequences, shape, done);
      const { loss, gradNorm } = await step.run({ step: done++, learningRate: 1e-3, seed: 1, batches: [batch] });
      return { ms: performance.now() - started, loss, gradNorm };
    },
    dispose: () => step.dispose(),
  };
}

/** The compute backend of a name. */
export async function openBackend(compute, options = {}) {
  if (compute === "wasm") return (await import("codex-plugin-compute-wasm")).createWasmBackend();
  const { computeOnnxOptions, createOnnxBackend } = await import("codex-plugin-compute-onnx");
  return createOnnxBackend(computeOnnxOptions.parse(options));
}
