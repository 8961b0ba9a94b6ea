import { cosineSchedule } from "../../schedules/cosine.js";
import { floats, ints } from "../host-tensors.js";
import type { HostTensor, NamedValues } from "../test-backend.js";
import { toy } from "./toy-gpt.js";

const { vocabSize, length, batch } = toy;

/** How the toy is trained: two unequally masked microBatches a step, warmup and cosine, clipping. */
export const toyTraining = {
  steps: 20,
  gradAccumSteps: 2,
  learningRate: 1e-2,
  clipNorm: 1,
  betas: [0.9, 0.95],
  weightDecay: 0.1,
  seed: 1337,
} as const;

const schedule = cosineSchedule({ warmupSteps: 3, minLearningRate: 1e-3 });

/** Learning rate of the 0-based step. */
export function toyLearningRate(step: number): number {
  return schedule.learningRate(step, { maxSteps: toyTraining.steps, learningRate: toyTraining.learningRate });
}

/** One microBatch: sequences that count up by a stride; the second of a step leaves every third target out. */
export function toyMicroBatch(step: number, microStep: number): NamedValues<HostTensor> {
  const shape = [batch, length];
  const token = (row: number, time: number) => {
    const stride = 1 + ((step + 2 * microStep + row) % 3);
    return (step * 7 + microStep * 5 + row * 3 + time * stride) % vocabSize;
  };
  const each = (value: (row: number, time: number) => number) =>
    Array.from({ length: batch * length }, (_, index) => value(Math.floor(index / length), index % length));
  return {
    tokenIds: ints(shape, each(token)),
    targetIds: ints(
      shape,
      each((row, time) => token(row, time + 1)),
    ),
    lossMask: floats(
      shape,
      each((row, time) => (microStep === 1 && (row + time) % 3 === 0 ? 0 : 1)),
    ),
    key: ints([4], [toyTraining.seed, 0, step, microStep]),
  };
}
