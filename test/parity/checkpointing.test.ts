import type { Tensor } from "@tensorflow/tfjs-core";
import { expect } from "chai";
import type { ComputeBackend } from "codex-core";
import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";
import { createWasmBackend } from "codex-plugin-compute-wasm";
import { GptLoader } from "codex-plugin-model-gpt";
import {
  createAdamWOptimizer,
  initializeParameters,
  NextTokenObjective,
  readParameters,
  TrainingStep,
} from "codex-plugin-trainer-lm";
import { onnxFacts } from "../../plugins/codex-plugin-compute-onnx/dist/plan-onnx.js";
import { gradientsProgram } from "../../plugins/codex-plugin-trainer-lm/dist/step/gradients-program.js";

const vocabSize = 61;

interface Settings {
  readonly dropout: number;
  readonly activationCheckpointing: boolean;
}

/** Losses and parameters after three steps of two microSteps. */
async function train(createBackend: () => Promise<ComputeBackend<Tensor>>, settings: Settings) {
  const shape = { microBatch: 2, contextLength: 21 };
  const backend = await createBackend();
  const sizes = { layerCount: 3, headCount: 4, embedDim: 32, contextLength: shape.contextLength, bias: true };
  const model = await new GptLoader({ ...sizes, ...settings }).load({ vocabSize, dtype: "float32" });
  const objective = new NextTokenObjective();
  const optimizer = createAdamWOptimizer({ learningRate: 1e-2, betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.1 });
  const training = new TrainingStep({ backend, model, objective, optimizer, shape, clipNorm: 1 });
  await training.prepare();
  await initializeParameters(backend, model, 7);
  const tokens = shape.microBatch * shape.contextLength;
  const ids = (seed: number) => Int32Array.from({ length: tokens }, (_, i) => (i * i + seed * 7) % vocabSize);
  const lossMask = new Float32Array(tokens).fill(1);
  const batch = (seed: number) => ({ tokenIds: ids(seed), targetIds: ids(seed + 1), lossMask });
  const losses: number[] = [];
  for (let step = 0; step < 3; step++) {
    const batches = [batch(2 * step), batch(2 * step + 1)];
    losses.push((await training.run({ step, learningRate: 1e-2, seed: 1, batches })).loss);
  }
  const parameters = await readParameters(backend, model);
  await training.dispose();
  await backend.dispose();
  return { losses, ...Object.fromEntries(Object.entries(parameters).map(([name, { data }]) => [name, data])) };
}

/** Peak of values in between of a microStep's compiled graph, and activations as the model plans them. */
async function memoryOf(settings: Settings) {
  const sizes = { layerCount: 6, headCount: 4, embedDim: 128, contextLength: 128, bias: true };
  const loader = new GptLoader({ ...sizes, ...settings });
  const spec = { vocabSize, dtype: "float32" } as const;
  const model = await loader.load(spec);
  const shape = { microBatch: 4, contextLength: 128 };
  const program = gradientsProgram({ model, objective: new NextTokenObjective(), shape }, "fresh");
  const { activationBytesPerToken: fused, composedBytesPerToken: besides = 0 } = loader.plan(spec);
  const of = (isNative: boolean) => {
    const { peakBytes } = onnxFacts(computeOnnxOptions.parse({}), isNative).graphOf!(program);
    return { peakBytes, plannedBytes: (fused + (isNative ? 0 : besides)) * 4 * 128 };
  };
  return { stock: of(false), native: of(true) };
}

describe("activation checkpointing", function () {
  this.timeout(60_000);
  const backends = {
    onnx: () => createOnnxBackend(computeOnnxOptions.parse({})),
    wasm: () => createWasmBackend(),
  };
  for (const [name, createBackend] of Object.entries(backends)) {
    for (const dropout of [0, 0.1]) {
      it(`gives the same losses and parameters to the bit on ${name}, dropout ${dropout}`, async () => {
        const plain = await train(createBackend, { dropout, activationCheckpointing: false });
        expect(new Set(plain.losses).size).to.equal(3);
        expect(await train(createBackend, { dropout, activationCheckpointing: true })).to.deep.equal(plain);
      });
    }
  }

  for (const dropout of [0, 0.1]) {
    it(`keeps a third of what is alive at once in the compiled step, as planned, dropout ${dropout}`, async () => {
      const plain = await memoryOf({ dropout, activationCheckpointing: false });
      const less = await memoryOf({ dropout, activationCheckpointing: true });
      for (const operators of ["stock", "native"] as const) {
        const peak = less[operators].peakBytes / plain[operators].peakBytes;
        expect(peak, operators).to.be.below(0.4);
        expect(less[operators].plannedBytes / plain[operators].plannedBytes, operators).to.be.within(0.2, 0.5);
      }
    });
  }
});
