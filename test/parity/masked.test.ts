import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { cosineSchedule } from "codex-nn";
import { readSafetensors } from "codex-plugin-checkpoint-local/safetensors";
import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";
import { createWasmBackend } from "codex-plugin-compute-wasm";
import { GptLoader } from "codex-plugin-model-gpt";
import { createAdamWOptimizer, NextTokenObjective, TrainingStep } from "codex-plugin-trainer-lm";
import { repositoryRoot } from "../support/repository.js";

const folder = `${repositoryRoot}test/fixtures/pytorch/masked`;

const backends = {
  onnx: () => createOnnxBackend(computeOnnxOptions.parse({})),
  "onnx by the binding": () => createOnnxBackend(computeOnnxOptions.parse({ runtime: "binding" })),
  wasm: () => createWasmBackend(),
};

describe("PyTorch parity with warmup, masks, accumulation and dropout", () => {
  for (const [name, open] of Object.entries(backends)) {
    it(`keeps the losses of 20 steps within 5e-6 on ${name}`, async () => {
      const { shape, settings, losses, gradNorms } = JSON.parse(await readFile(`${folder}/reference.json`, "utf8"));
      const { microBatch, contextLength, vocabSize, ...sizes } = shape;
      const { learningRate, maxSteps, betas, epsilon, weightDecay, clipNorm, seed, microSteps } = settings;
      const loader = new GptLoader({ ...sizes, contextLength, dropout: settings.dropout, bias: true });
      const model = await loader.load({ vocabSize, dtype: "float32" });
      const weights = (await readSafetensors(`${folder}/model.safetensors`)).tensors;
      const data = (await readSafetensors(`${folder}/batches.safetensors`)).tensors;
      const schedule = cosineSchedule(settings);
      const backend = await open();
      const training = new TrainingStep({
        backend,
        model,
        objective: new NextTokenObjective(),
        optimizer: createAdamWOptimizer({ learningRate, betas, epsilon, weightDecay }),
        shape: { microBatch, contextLength },
        clipNorm,
      });
      for (const [parameter, spec] of Object.entries(model.parameters)) {
        await backend.writeState({ [`parameter/${parameter}`]: { ...spec, data: weights[parameter]!.data } });
      }
      const tokens = microBatch * contextLength;
      const batchAt = (index: number) =>
        Object.fromEntries(
          Object.entries(data).map(([entry, { data: all }]) => [
            entry,
            all.slice(index * tokens, (index + 1) * tokens),
          ]),
        );
      for (const [step, expected] of (losses as number[]).entries()) {
        const { loss, gradNorm } = await training.run({
          step,
          learningRate: schedule.learningRate(step, { maxSteps, learningRate }),
          seed,
          batches: Array.from({ length: microSteps }, (_, i) => batchAt(step * microSteps + i)),
        });
        expect(Math.abs(loss / expected - 1), `loss of step ${step}`).to.be.lessThan(5e-6);
        expect(Math.abs(gradNorm / gradNorms[step] - 1), `gradNorm of step ${step}`).to.be.lessThan(5e-5);
      }
      await training.dispose();
      await backend.dispose();
    });
  }
});
