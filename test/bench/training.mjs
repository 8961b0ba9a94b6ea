import { GptLoader } from "codex-plugin-model-gpt";
import { createAdamWOptimizer, NextTokenObjective, stateNames, TrainingStep } from "codex-plugin-trainer-lm";
import { batchOf, makeSequences, readReference } from "./reference-data.mjs";

/**
 * A training run by the plugins' own parts, with the peer's optimizer settings: AdamW, betas 0.9 and 0.95, decay 0.1,
 * clip norm 1, constant rate 1e-3.
 *
 * @param {object} settings shape; the compute backend; a folder of the peer's export, or none for our own start; the
 *   share of values to drop
 */
export async function createTraining({ shape, backend, reference, dropout = 0 }) {
  const { microBatch, contextLength, vocabSize, ...sizes } = shape;
  const loader = new GptLoader({ ...sizes, contextLength, dropout, bias: true });
  const model = await loader.load({ vocabSize, dtype: "float32" });
  const { losses, sequences } = await fill(backend, model, shape, reference);
  const optimizer = createAdamWOptimizer({ learningRate: 1e-3, betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.1 });
  const step = new TrainingStep({
    backend,
    model,
    objective: new NextTokenObjective(),
    optimizer,
    shape: { microBatch, contextLength },
    clipNorm: 1,
  });
  const sizesOf = Object.values(model.parameters).map((spec) =>
    spec.shape.reduce((product, size) => product * size, 1),
  );
  let done = 0;
  return {
    model,
    optimizer,
    parameters: sizesOf.reduce((sum, size) => sum + size, 0),
    /** Losses of the export, when there is one. */
    losses,
    /** Runs one step. */
    async next() {
      const started = performance.now();
      const batch = batchOf(sequences, shape, done);
      const { loss, gradNorm } = await step.run({ step: done++, learningRate: 1e-3, seed: 1, batches: [batch] });
      return { ms: performance.now() - started, loss, gradNorm };
    },
    dispose: () => step.dispose(),
  };
}

/** Sets the parameters to the export's, or to our own initial ones; nothing of them is kept beside the backend's. */
async function fill(backend, model, shape, reference) {
  const exported = reference && (await readReference(reference));
  const initial = exported
    ? Object.entries(exported.tensors).map(([name, tensor]) => [name, tensor.data])
    : model.initialize(1);
  for (const [name, data] of initial) {
    await backend.writeState({ [stateNames.parameter(name)]: { ...model.parameters[name], data } });
  }
  return { losses: exported?.losses, sequences: exported?.sequences ?? makeSequences(shape) };
}
