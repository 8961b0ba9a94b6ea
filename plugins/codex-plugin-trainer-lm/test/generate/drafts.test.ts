import type { Tensor } from "@tensorflow/tfjs-core";
import { expect } from "chai";
import type { CausalLanguageModel, Tokenizer } from "codex-core";
import { computeErrors } from "codex-core";
import type { SamplingOptions } from "codex-nn";
import { GptLoader } from "codex-plugin-model-gpt";
import { CachedDecoder } from "#src/generate/cached-decoder.js";
import { DraftPace } from "#src/generate/draft-pace.js";
import { type TextEvent, type WriteTextsRequest, writeTexts } from "#src/generate/write-text.js";
import { initializeParameters } from "#src/step/resident-tensors.js";
import { DraftingBackend } from "../support/drafting-backend.js";
import { letters } from "../support/tiny-run.js";

const sizes = { layerCount: 1, headCount: 2, embedDim: 8, contextLength: 24, dropout: 0, bias: true };

/** Guesses whatever it costs, another number each time. */
class Eager extends DraftPace {
  private turn = 0;

  override next(most: number): number {
    this.turn += 1;
    return this.turn % 7 === 0 ? 0 : 1 + (this.turn % most);
  }
}

describe("drafts", () => {
  let backend: DraftingBackend;
  let model: CausalLanguageModel<Tensor>;

  beforeEach(async () => {
    backend = await DraftingBackend.create();
    model = await new GptLoader(sizes).load({ vocabSize: letters.vocabSize, dtype: "float32" });
    await initializeParameters(backend, model, 3);
  });

  async function written(
    draftTokens: number,
    change: Partial<WriteTextsRequest> = {},
    tokenizer: Tokenizer = letters,
    stopAfter = Number.POSITIVE_INFINITY,
  ) {
    const decoder = new CachedDecoder(backend, model, 1, { tokens: draftTokens, pace: new Eager() });
    const stopping = new AbortController();
    const events: TextEvent[] = [];
    const request = {
      prompts: ["abc"],
      maxNewTokens: 60,
      whenFull: "slide" as const,
      sampling: { seed: 1 },
      ...change,
    };
    for await (const event of writeTexts(decoder, tokenizer, { ...request, signal: stopping.signal })) {
      events.push(event);
      if (events.length === stopAfter) stopping.abort();
    }
    await decoder.dispose();
    return { events, drafts: decoder.drafts };
  }

  it("are not made with a model whose cache cannot go back", async () => {
    const before = await written(4);
    expect(before.drafts?.guessed).to.be.greaterThan(0);
    model = Object.defineProperty(model, "cachesByPlace", { value: undefined });
    const { drafts, events } = await written(4);
    expect(drafts).to.equal(undefined);
    const ids = (list: readonly TextEvent[]) => list.map((event) => ("token" in event ? event.token.tokenId : -1));
    expect(ids(events)).to.deep.equal(ids(before.events));
  });

  const samplings: readonly SamplingOptions[] = [{ temperature: 0 }, { temperature: 1.2 }, { topK: 5, topP: 0.9 }];

  for (const error of [0, 0.02, 3]) {
    it(`change no text, whatever the prompt, the seed and the sampling: logits off by ${error}`, async () => {
      backend.error = error;
      let [guessed, right] = [0, 0];
      for (const [index, sampling] of samplings.entries()) {
        for (const [seed, prompt] of ["abc", "g", "cabadgefcabadgefcabadge"].entries()) {
          const whenFull = (index + seed) % 2 ? "stop" : "slide";
          const change = { prompts: [prompt], whenFull, sampling: { ...sampling, seed } } as const;
          const { events, drafts } = await written(1 + seed * 2, change);
          expect(events, JSON.stringify(change)).to.deep.equal((await written(0, change)).events);
          guessed += drafts!.guessed;
          right += drafts!.right;
        }
      }
      expect(guessed).to.be.greaterThan(50);
      if (error === 0) expect(right).to.equal(guessed);
      else expect(right).to.be.lessThan(guessed);
    });
  }

  it("end where the text ends, at a token that ends texts and at the signal", async () => {
    const { events } = await written(0);
    const ids = events.flatMap((event) => ("token" in event ? [event.token.tokenId] : []));
    for (const eos of new Set(ids)) {
      const ending = { ...letters, special: { eos } };
      expect(await written(4, {}, ending).then((text) => text.events)).to.deep.equal(
        (await written(0, {}, ending)).events,
      );
    }
    for (const stopAfter of [1, 7, 20]) {
      expect((await written(4, {}, letters, stopAfter)).events).to.deep.equal([
        ...events.slice(0, stopAfter),
        { index: 0, stopReason: "signal" },
      ]);
    }
  });

  it("are made in one pass for all that was guessed", async () => {
    backend.ran.length = 0;
    await written(4, { maxNewTokens: 50, sampling: { seed: 1, temperature: 0 } });
    expect(new Set(backend.ran)).to.deep.equal(new Set(["prefill-1x16", "decode-1", "draft-1", "verify-1x5"]));
    expect(backend.ran.filter((name) => name === "decode-1").length).to.be.lessThan(35);
  });

  it("are left out where they are not asked for, of short texts, of several texts and where the backend has none", async () => {
    await written(0);
    await written(4, { maxNewTokens: 10 });
    const several = new CachedDecoder(backend, model, 2, { tokens: 4 });
    await several.begin([[0, 1], [2]]);
    await several.next([1, 2]);
    expect(several.drafts).to.equal(undefined);
    await several.dispose();
    Object.assign(backend, { drafts: undefined });
    await written(4);
    expect(backend.ran.filter((name) => /draft|verify/.test(name))).to.deep.equal([]);
  });

  for (const refused of ["draft-1", "verify-1x5"]) {
    it(`are left out where there is no memory for ${refused}, and what they took is freed`, async () => {
      const compile = backend.compile.bind(backend);
      const disposed: string[] = [];
      backend.compile = async (program) => {
        if (program.name === refused) throw computeErrors.CODEX_COMPUTE_MEMORY({ what: "No memory." });
        return { ...(await compile(program)), dispose: async () => void disposed.push(program.name) };
      };
      const { events, drafts } = await written(4);
      expect(events).to.deep.equal((await written(0)).events);
      expect(drafts!.guessed).to.equal(0);
      expect(disposed.filter((name) => name === "draft-1")).to.have.length(refused === "draft-1" ? 0 : 1);
    });
  }

  it("choose nothing of logits that are not finite", async () => {
    backend.error = Number.POSITIVE_INFINITY;
    expect((await written(4)).events).to.deep.equal((await written(0)).events);
  });
});
