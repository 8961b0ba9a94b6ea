import { expect } from "chai";
import type { LoadedCheckpoint } from "codex-core";
import { GptLoader } from "codex-plugin-model-gpt";
import { NextTokenObjective } from "codex-plugin-trainer-lm";
import { LmEvaluator } from "#src/evaluate/lm-evaluator.js";
import { EagerBackend } from "../support/eager-backend.js";
import { contextLength, LetterBatches, letters, type TinyRunResult, tinyRun } from "../support/tiny-run.js";

/** Rows of the letters' validation split, cut into microBatches of any size; the last one padded with zero weights. */
class SplitInto extends LetterBatches {
  override async open(split: "train" | "validation", { microBatch }: { microBatch: number; contextLength: number }) {
    const whole = await super.open(split, { microBatch: 6, contextLength });
    const { tokenIds, targetIds } = (await whole.read(0)) as { tokenIds: Int32Array; targetIds: Int32Array };
    const size = microBatch * contextLength;
    return {
      ...whole,
      microBatchesPerEpoch: Math.ceil(6 / microBatch),
      read: async (position: number) => {
        const lossMask = new Float32Array(size);
        const part = (ids: Int32Array) => {
          const rows = new Int32Array(size);
          rows.set(ids.subarray(position * size, (position + 1) * size));
          return rows;
        };
        lossMask.fill(1, 0, Math.max(0, Math.min(size, tokenIds.length - position * size)));
        return { tokenIds: part(tokenIds), targetIds: part(targetIds), lossMask };
      },
    };
  }
}

describe("LmEvaluator", () => {
  let run: TinyRunResult;
  before(async () => {
    run = await tinyRun({ options: { maxSteps: 6, evalEvery: 6 }, dropout: 0.5 });
  });

  async function evaluator(microBatch: number, data = new LetterBatches(), dropout = 0.5) {
    const compute = await EagerBackend.create();
    const model = new GptLoader({ layerCount: 1, headCount: 2, embedDim: 8, contextLength, dropout, bias: true });
    return new LmEvaluator(
      { data, tokenizer: letters, model, objective: new NextTokenObjective(), compute },
      { microBatch },
    );
  }

  const request = () => ({
    checkpoint: run.checkpoints.saved[0] as LoadedCheckpoint,
    split: "validation" as const,
    signal: new AbortController().signal,
  });

  it("measures what the training run measured, without dropout", async () => {
    const metrics = await (await evaluator(2)).evaluate(request());
    expect(metrics).to.deep.include(run.evaluations[0]?.metrics);
    expect(metrics["eval/tokens"]).to.equal(2 * 2 * contextLength);
    expect(await (await evaluator(2, new LetterBatches(), 0)).evaluate(request())).to.deep.equal(metrics);
  });

  it("gives the same whatever the microBatch, padding left out", async () => {
    const whole = await (await evaluator(6, new SplitInto())).evaluate(request());
    for (const microBatch of [1, 4, 5]) {
      const metrics = await (await evaluator(microBatch, new SplitInto())).evaluate(request());
      expect(metrics["eval/tokens"]).to.equal(36);
      expect(metrics["eval/loss"]).to.be.closeTo(whole["eval/loss"] as number, 1e-6);
      expect(metrics["eval/accuracy"]).to.equal(whole["eval/accuracy"]);
    }
    expect(whole["eval/perplexity"]).to.equal(Math.exp(whole["eval/loss"] as number));
  });

  it("counts the targets that the model thinks likeliest", async () => {
    const trained = await tinyRun({
      options: { maxSteps: 60, evalEvery: 60 },
      parts: {
        data: new LetterBatches((batch) => ({
          ...batch,
          targetIds: (batch.tokenIds as Int32Array).map((id) => (id + 2) % 7),
        })),
      },
    });
    expect(trained.evaluations[0]?.metrics["eval/accuracy"]).to.equal(1);
    expect(run.evaluations[0]?.metrics["eval/accuracy"]).to.be.lessThan(0.9);
  });

  it("stops with the signal's reason", async () => {
    const reason = new Error("stopped");
    const error = await (await evaluator(2))
      .evaluate({ ...request(), signal: AbortSignal.abort(reason) })
      .catch((e) => e);
    expect(error).to.equal(reason);
  });
});
