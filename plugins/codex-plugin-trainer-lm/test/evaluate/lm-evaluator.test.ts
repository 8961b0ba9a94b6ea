import { expect } from "chai";
import type { Continuation, LoadedCheckpoint, ScoredTokens } from "codex-core";
import { rejection } from "codex-core/testing";
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

  async function evaluator(microBatch: number, data = new LetterBatches(), dropout = 0.5, stride?: number) {
    const compute = await EagerBackend.create();
    const model = new GptLoader({ layerCount: 1, headCount: 2, embedDim: 8, contextLength, dropout, bias: true });
    return new LmEvaluator(
      { data, tokenizer: letters, model, objective: new NextTokenObjective(), compute },
      { microBatch, stride },
    );
  }

  const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);

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

  it("hands out every token that counts, once", async () => {
    const pieces: ScoredTokens[] = [];
    const counted = { ...request(), onTokens: (tokens: ScoredTokens) => pieces.push(tokens) };
    const metrics = await (await evaluator(4, new SplitInto())).evaluate(counted);
    const plain = await (await evaluator(4, new SplitInto())).evaluate(request());
    expect(metrics).to.deep.equal(plain);
    expect(pieces.map(({ ranks }) => ranks.length)).to.deep.equal([6, 6, 6, 6, 6, 6]);
    const logProbabilities = pieces.flatMap((each) => Array.from(each.logProbabilities));
    expect(-sum(logProbabilities) / 36).to.be.closeTo(metrics["eval/loss"] as number, 1e-6);
    const right = pieces.flatMap((each) => Array.from(each.ranks)).filter((rank) => rank === 0).length;
    expect(right / 36).to.be.closeTo(metrics["eval/accuracy"] as number, 1e-7);
    expect(sum(pieces.map(({ byteCount }) => byteCount))).to.equal(36);
    for (const { confidences, logProbabilities, ranks } of pieces) {
      for (let index = 0; index < 6; index += 1) {
        const probability = Math.exp(logProbabilities[index]!);
        if (ranks[index] === 0) expect(confidences[index]).to.be.closeTo(probability, 1e-6);
        else expect(confidences[index]).to.be.greaterThan(probability);
      }
    }
  });

  it("refuses a stride that would pass over tokens, and windows over packed rows", async () => {
    const wide = await evaluator(2, new LetterBatches(), 0, contextLength + 1);
    const error = await rejection(() => wide.evaluate(request()), "CODEX_EVALUATE_STRIDE");
    expect(error.message).to.include(`A stride of ${contextLength + 1}`);
    class Packed extends LetterBatches {
      override async open(split: "train" | "validation", shape: { microBatch: number; contextLength: number }) {
        return { ...(await super.open(split, shape)), shapes: [{ ...shape, packed: true }] };
      }
    }
    const packed = await evaluator(2, new Packed(), 0, 2);
    await rejection(() => packed.evaluate(request()), "CODEX_EVALUATE_STRIDE");
  });

  describe("of texts after their contexts", () => {
    async function scores(microBatch: number, continuations: readonly Continuation[]): Promise<ScoredTokens[]> {
      const { checkpoint, signal } = request();
      const found: ScoredTokens[] = [];
      const scoring = (await evaluator(microBatch)).score({ checkpoint, continuations, signal });
      for await (const tokens of scoring) found.push(tokens);
      return found;
    }

    it("gives each token as it is after all before it, whatever the company", async () => {
      const whole = [{ context: "ab", text: "cde" }];
      const apart = [
        { context: "ab", text: "c" },
        { context: "abc", text: "d" },
        { context: "abcd", text: "e" },
      ];
      const [together] = await scores(1, whole);
      expect(together).to.include({ byteCount: 3, wordCount: 1 });
      for (const microBatch of [1, 2, 8]) {
        const single = await scores(microBatch, apart);
        expect(single).to.have.length(3);
        for (const [index, tokens] of single.entries()) {
          expect(tokens.logProbabilities[0]).to.be.closeTo(together!.logProbabilities[index]!, 1e-6);
          expect(tokens.ranks[0]).to.equal(together!.ranks[index]);
        }
      }
    });

    it("lets a context that is too long count by its end", async () => {
      const [short, long] = await scores(2, [
        { context: "cdefa", text: "bc" },
        { context: "gggabcdefa", text: "bc" },
      ]);
      expect(long).to.deep.equal({ ...short, isCut: true });
    });

    for (const [what, continuation, phrase] of [
      ["a text without tokens", { context: "ab", text: "" }, "has no tokens"],
      ["a text with nothing before it", { context: "", text: "ab" }, "Nothing stands before"],
      ["a text that is too long", { context: "a", text: "abcdefg" }, "has 7 tokens"],
    ] as const) {
      it(`refuses ${what}`, async () => {
        const error = await rejection(
          () => scores(1, [{ ...continuation, place: "a.jsonl:3" }]),
          "CODEX_EVALUATE_CONTINUATION",
        );
        expect(error.where).to.equal("a.jsonl:3");
        expect(error.message).to.include(phrase);
      });
    }
  });
});
