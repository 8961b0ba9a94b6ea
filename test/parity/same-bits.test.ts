import { expect } from "chai";
import { type ComputeOnnxOptions, computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";
import { GptLoader } from "codex-plugin-model-gpt";
import { createAdamWOptimizer, NextTokenObjective, readParameters, TrainingStep } from "codex-plugin-trainer-lm";

const shape = { microBatch: 3, contextLength: 29 };
const vocabSize = 61;

interface Settings {
  readonly gradAccumSteps: number;
  readonly clipNorm?: number;
}

/** Losses and parameters after three steps. */
async function train(options: Partial<ComputeOnnxOptions>, { gradAccumSteps, clipNorm }: Settings) {
  const backend = await createOnnxBackend(computeOnnxOptions.parse(options));
  const sizes = { layerCount: 2, headCount: 4, embedDim: 64, contextLength: shape.contextLength };
  const model = await new GptLoader({ ...sizes, dropout: 0.1, bias: true }).load({ vocabSize, dtype: "float32" });
  const training = new TrainingStep({
    backend,
    model,
    objective: new NextTokenObjective(),
    optimizer: createAdamWOptimizer({ learningRate: 1e-2, betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.1 }),
    shape,
    clipNorm,
  });
  for (const [name, data] of model.initialize(7)) {
    await backend.writeState({ [`parameter/${name}`]: { ...model.parameters[name]!, data } });
  }
  const tokens = shape.microBatch * shape.contextLength;
  const ids = (seed: number) => Int32Array.from({ length: tokens }, (_, i) => (i * i + seed * 7) % vocabSize);
  const batch = (seed: number) => ({
    tokenIds: ids(seed),
    targetIds: ids(seed + 1),
    lossMask: Float32Array.from({ length: tokens }, (_, i) => (i % 5 === seed % 5 ? 0 : 1)),
  });
  const losses: number[] = [];
  for (let step = 0; step < 3; step++) {
    const batches = Array.from({ length: gradAccumSteps }, (_, i) => batch(step * gradAccumSteps + i));
    losses.push((await training.run({ step, learningRate: 1e-2, seed: 1, batches })).loss);
  }
  const parameters = await readParameters(backend, model);
  await training.dispose();
  await backend.dispose();
  return { losses, ...Object.fromEntries(Object.entries(parameters).map(([name, { data }]) => [name, data])) };
}

describe("compiled training", () => {
  for (const gradAccumSteps of [1, 4]) {
    for (const clipNorm of [undefined, 0.5]) {
      const what = `gradAccumSteps ${gradAccumSteps}, ${clipNorm ? "clipped" : "not clipped"}`;
      // The binding never writes in place: what it gives is right whatever the order of operators.
      it(`gives the same bits written in place and copied: ${what}`, async () => {
        const settings = { gradAccumSteps, clipNorm };
        const stock = { threads: 2, native: false };
        expect(await train(stock, settings)).to.deep.equal(await train({ runtime: "binding" }, settings));
      });
    }
  }

  it("gives the same bits with 1, 2 and 4 threads", async () => {
    const settings = { gradAccumSteps: 2, clipNorm: 1 };
    const expected = await train({ threads: 1 }, settings);
    for (const threads of [2, 4]) expect(await train({ threads }, settings), `${threads}`).to.deep.equal(expected);
  });
});
