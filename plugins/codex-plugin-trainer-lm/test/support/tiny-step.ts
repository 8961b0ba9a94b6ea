import type { Tensor } from "@tensorflow/tfjs-core";
import type { Batch, Objective, Optimizer, TensorData } from "codex-core";
import { GptLoader } from "codex-plugin-model-gpt";
import {
  createAdamWOptimizer,
  initializeParameters,
  NextTokenObjective,
  readParameters,
  TrainingStep,
} from "codex-plugin-trainer-lm";
import { EagerBackend } from "./eager-backend.js";

export const vocabSize = 7;
export const contextLength = 4;

export interface TinyStepSettings {
  readonly microBatch: number;
  readonly objective?: Objective<Tensor>;
  readonly optimizer?: Optimizer<Tensor>;
  readonly clipNorm?: number;
  readonly dropout?: number;
}

/** A training step over a GPT of one layer and width 8, with its backend. */
export async function tinyStep({ microBatch, dropout = 0, ...settings }: TinyStepSettings) {
  const backend = await EagerBackend.create();
  const options = { layerCount: 1, headCount: 2, embedDim: 8, contextLength, dropout, bias: true };
  const model = await new GptLoader(options).load({ vocabSize, dtype: "float32" });
  await initializeParameters(backend, model, 5);
  const step = new TrainingStep({
    backend,
    model,
    objective: new NextTokenObjective(),
    optimizer: createAdamWOptimizer({ learningRate: 1, betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.1 }),
    shape: { microBatch, contextLength },
    ...settings,
  });
  const parameters = async () => (await readParameters(backend, model)) as { [name: string]: TensorData };
  return { backend, model, step, parameters };
}

/** Rows of a batch: ids and targets by row, and 1 where a target counts. */
export function batchOf(rows: readonly { readonly start: number; readonly counted: number }[]): Batch {
  const length = rows.length * contextLength;
  const [tokenIds, targetIds, lossMask] = [new Int32Array(length), new Int32Array(length), new Float32Array(length)];
  for (const [row, { start, counted }] of rows.entries()) {
    for (let place = 0; place < contextLength; place += 1) {
      const index = row * contextLength + place;
      tokenIds[index] = (start + place * 3) % vocabSize;
      targetIds[index] = (start + place * place + 1) % vocabSize;
      lossMask[index] = place < counted ? 1 : 0;
    }
  }
  return { tokenIds, targetIds, lossMask };
}
